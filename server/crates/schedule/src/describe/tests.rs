use crate::{Lang, Schedule};

struct Row {
    expression: &'static str,
    en: &'static str,
    ko: &'static str,
}

const fn row(expression: &'static str, en: &'static str, ko: &'static str) -> Row {
    Row { expression, en, ko }
}

const SENTENCES: &[Row] = &[
    row("* * * * *", "Every minute", "매분"),
    row("*/5 * * * *", "Every 5 minutes", "5분마다"),
    row(
        "5/15 * * * *",
        "Every 15 minutes, starting at 5 minutes past the hour",
        "매시 5분부터 15분마다",
    ),
    row(
        "*/7 * * * *",
        "At minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour",
        "매시 0분, 7분, 14분, 21분, 28분, 35분, 42분, 49분, 56분",
    ),
    row("0 * * * *", "Every hour", "매시 정각"),
    row("@hourly", "Every hour", "매시 정각"),
    row("1 * * * *", "At 1 minute past every hour", "매시 1분"),
    row("30 * * * *", "At 30 minutes past every hour", "매시 30분"),
    row(
        "0-9,30 * * * *",
        "At minutes 0–9 and 30 of every hour",
        "매시 0~9분, 30분",
    ),
    row("0 */2 * * *", "Every 2 hours", "2시간마다"),
    row(
        "15 */2 * * *",
        "Every 2 hours at 15 minutes past the hour",
        "00시부터 2시간마다 15분에",
    ),
    row(
        "0 */6 * * 1-5",
        "Every 6 hours on weekdays",
        "평일 6시간마다",
    ),
    row("0 2 * * *", "Every day at 02:00", "매일 02:00"),
    row("@daily", "Every day at 00:00", "매일 00:00"),
    row(
        "0,30 2,14 * * *",
        "Every day at 02:00, 02:30, 14:00 and 14:30",
        "매일 02:00, 02:30, 14:00, 14:30",
    ),
    row("0 2 * * 1-5", "At 02:00 on weekdays", "평일 02:00"),
    row("0 2 * * 0,6", "At 02:00 on weekends", "주말 02:00"),
    row(
        "0 2 * * MON,THU",
        "At 02:00 on Mondays and Thursdays",
        "매주 월요일, 목요일 02:00",
    ),
    row(
        "0 2 * * 1-4",
        "At 02:00 from Monday to Thursday",
        "매주 월요일부터 목요일까지 02:00",
    ),
    row("@weekly", "At 00:00 on Sundays", "매주 일요일 00:00"),
    row(
        "@monthly",
        "At 00:00 on the 1st of every month",
        "매월 1일 00:00",
    ),
    row(
        "0 0 1,15 * *",
        "At 00:00 on the 1st and 15th of every month",
        "매월 1일, 15일 00:00",
    ),
    row(
        "0 0 1-7 * *",
        "At 00:00 from the 1st to the 7th of every month",
        "매월 1일부터 7일까지 00:00",
    ),
    row(
        "0 0 31 * *",
        "At 00:00 on the 31st of every month that has it",
        "해당 날짜가 있는 달의 31일 00:00",
    ),
    row(
        "@yearly",
        "At 00:00 on the 1st of January",
        "매년 1월 1일 00:00",
    ),
    row(
        "0 3 1 1,7 *",
        "At 03:00 on the 1st of January and July",
        "매년 1월, 7월의 1일 03:00",
    ),
    row(
        "0 2 * 1 *",
        "Every day in January at 02:00",
        "매년 1월 매일 02:00",
    ),
    row(
        "*/10 * * 6-8 *",
        "Every 10 minutes from June to August",
        "매년 6월부터 8월까지 10분마다",
    ),
    row(
        "0 2 1 2-12 *",
        "At 02:00 on the 1st of every month from February to December",
        "매년 2월부터 12월까지 매월 1일 02:00",
    ),
    row(
        "0 2 * 6-8 5",
        "At 02:00 on Fridays from June to August",
        "매년 6월부터 8월까지의 금요일 02:00",
    ),
    row(
        "0 2 31 2,4,5 *",
        "At 02:00 on the 31st of May",
        "매년 5월 31일 02:00",
    ),
    row(
        "0 2 31 2,4,5 1",
        "At 02:00 on the 31st of May, and also on Mondays in February, April and May",
        "매년 5월 31일 및 매년 2월, 4월, 5월의 월요일 02:00",
    ),
    row(
        "0 2 */2 * *",
        "At 02:00 on the odd days of every month",
        "매월 홀수 날짜 02:00",
    ),
    row(
        "0 2 2/2 1,7 *",
        "At 02:00 on the even days of January and July",
        "매년 1월, 7월의 짝수 날짜 02:00",
    ),
    row(
        "0 2 * 12 5",
        "At 02:00 on Fridays in December",
        "매년 12월의 금요일 02:00",
    ),
    row(
        "0 0 13 * 5",
        "At 00:00 on the 13th of every month, and also on Fridays",
        "매월 13일 및 매주 금요일 00:00",
    ),
    row(
        "0 0 */10 * 0",
        "At 00:00 on the 1st, 11th, 21st and 31st of every month, and also on Sundays",
        "매월 1일, 11일, 21일, 31일 및 매주 일요일 00:00",
    ),
    row("0 0 1-31 * 5", "Every day at 00:00", "매일 00:00"),
    row("0 0 , * 5", "At 00:00 on Fridays", "매주 금요일 00:00"),
    row(
        "0 9-17 * * *",
        "Every hour from 09:00 to 17:00",
        "09:00부터 17:00까지 1시간마다",
    ),
    row(
        "30 9-17 * * 1-5",
        "Every hour from 09:30 to 17:30 on weekdays",
        "평일 09:30부터 17:30까지 1시간마다",
    ),
    row(
        "*/15 9-17 * * *",
        "Every 15 minutes from 09:00 to 17:45",
        "09:00부터 17:45까지 15분마다",
    ),
    row(
        "* 2 * * *",
        "Every minute from 02:00 to 02:59",
        "02:00부터 02:59까지 매분",
    ),
    row(
        "*/20 2,9-11 * * *",
        "Every 20 minutes from 02:00 to 02:40 and from 09:00 to 11:40",
        "02:00부터 02:40까지, 09:00부터 11:40까지 20분마다",
    ),
    row(
        "*/5 */2 * * *",
        "Every 5 minutes of every 2nd hour from 00:00",
        "00시부터 2시간 간격으로 해당 시간의 5분마다",
    ),
    row(
        "0-9 2,5 * * *",
        "At minutes 0–9 of hours 2 and 5",
        "2시, 5시의 0~9분",
    ),
    row("0-9 2 * * *", "At minutes 0–9 of hour 2", "2시의 0~9분"),
    row(
        "0 1/2 * * *",
        "Every day at 01:00, 03:00, 05:00, 07:00, 09:00, 11:00, 13:00, 15:00, 17:00, 19:00, 21:00 and 23:00",
        "매일 01:00, 03:00, 05:00, 07:00, 09:00, 11:00, 13:00, 15:00, 17:00, 19:00, 21:00, 23:00",
    ),
    row(
        "0 0 30 2 *",
        "Never: no time matches this expression",
        "실행되지 않음: 이 표현식에 맞는 시각이 없음",
    ),
    row(
        "TZ=Asia/Seoul 0 2 * * *",
        "Every day at 02:00 (Asia/Seoul)",
        "매일 02:00 (Asia/Seoul)",
    ),
    row(
        "@every 1h",
        "Every hour, counted from the previous run",
        "이전 실행 시각부터 1시간마다",
    ),
    row(
        "@every 1h30m",
        "Every 1 hour 30 minutes, counted from the previous run",
        "이전 실행 시각부터 1시간 30분마다",
    ),
    row(
        "@every 90s",
        "Every 1 minute 30 seconds, counted from the previous run",
        "이전 실행 시각부터 1분 30초마다",
    ),
    row(
        "@every 0",
        "Every second, counted from the previous run",
        "이전 실행 시각부터 1초마다",
    ),
];

#[test]
fn every_kind_of_expression_has_a_plain_sentence() {
    for row in SENTENCES {
        let schedule = Schedule::parse(row.expression).expect(row.expression);
        assert_eq!(schedule.describe(Lang::En), row.en, "{}", row.expression);
        assert_eq!(schedule.describe(Lang::Ko), row.ko, "{}", row.expression);
    }
}
