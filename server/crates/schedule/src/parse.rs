//! From the text of `spec.schedule` to fields and a zone (`CRON-01`, `CRON-02`, `CRON-09`–`CRON-11`).

use std::sync::Arc;

use crate::error::{ParseError, ScheduleError};
use crate::field::{DAYS, Field, HOURS, MINUTES, MONTHS, WEEKDAYS};
use crate::fields::Fields;
use crate::schedule::{Schedule, Timing};
use crate::text::parse_duration_nanos;
use crate::zone::{Zone, load_zone};

/// Whether the CronJob controller takes the schedule as carrying its own zone: "TZ" anywhere
/// (`CJ-33` Event `UnsupportedSchedule`, `CRON-11`).
pub fn mentions_time_zone(schedule: &str) -> bool {
    schedule.contains("TZ")
}

/// As the CronJob controller reads it (`CJ-31`, `CJ-33`, `CJ-34`): the zone is loaded first, then
/// put in front as `TZ=`, unless the schedule mentions one itself.
pub(crate) fn parse_in(schedule: &str, time_zone: Option<&str>) -> Result<Schedule, ScheduleError> {
    let zone = time_zone
        .map(load_zone)
        .transpose()
        .map_err(ScheduleError::TimeZone)?;
    let parsed = match time_zone {
        Some(name) if !mentions_time_zone(schedule) => {
            // written out, since the prefix changes how blanks and emptiness are read
            parse(&format!("TZ={name} {schedule}")).map(|parsed| Schedule {
                source: schedule.to_owned(),
                zone: zone.unwrap_or(parsed.zone),
                inline_zone: false,
                timing: parsed.timing,
            })
        }
        _ => parse(schedule),
    };
    parsed.map_err(ScheduleError::Unparseable)
}

/// As the library reads it.
pub(crate) fn parse(source: &str) -> Result<Schedule, ParseError> {
    if source.is_empty() {
        return Err(ParseError("empty spec string".into()));
    }
    let (zone, spec) = split_zone(source)?;
    let timing = if spec.starts_with('@') {
        parse_descriptor(spec)?
    } else {
        parse_fields(spec)?
    };
    Ok(Schedule {
        source: source.to_owned(),
        inline_zone: zone.is_some(),
        zone: zone.unwrap_or_else(Zone::utc),
        timing,
    })
}

fn split_zone(source: &str) -> Result<(Option<Arc<Zone>>, &str), ParseError> {
    let Some(named) = source
        .strip_prefix("TZ=")
        .or_else(|| source.strip_prefix("CRON_TZ="))
    else {
        return Ok((None, source));
    };
    // without a blank the library panics, and Kubernetes catches it
    let (name, spec) = named.split_once(' ').ok_or_else(|| {
        ParseError("invalid schedule format: runtime error: slice bounds out of range [:-1]".into())
    })?;
    let zone = load_zone(name)
        .map_err(|cause| ParseError(format!("provided bad location {name}: {cause}")))?;
    Ok((Some(zone), spec.trim()))
}

fn parse_fields(spec: &str) -> Result<Timing, ParseError> {
    let texts: Vec<&str> = spec.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays] = texts[..] else {
        let (count, texts) = (texts.len(), texts.join(" "));
        return Err(ParseError(format!(
            "expected exactly 5 fields, found {count}: [{texts}]"
        )));
    };
    Ok(Timing::fields(Fields {
        minutes: Field::parse(minutes, &MINUTES)?,
        hours: Field::parse(hours, &HOURS)?,
        days: Field::parse(days, &DAYS)?,
        months: Field::parse(months, &MONTHS)?,
        weekdays: Field::parse(weekdays, &WEEKDAYS)?,
    }))
}

fn parse_descriptor(spec: &str) -> Result<Timing, ParseError> {
    let daily = Fields {
        minutes: Field::only(0),
        hours: Field::only(0),
        days: Field::every(&DAYS),
        months: Field::every(&MONTHS),
        weekdays: Field::every(&WEEKDAYS),
    };
    let first = Field::only(1);
    let fields = match spec {
        "@yearly" | "@annually" => Fields {
            days: first,
            months: first,
            ..daily
        },
        "@monthly" => Fields {
            days: first,
            ..daily
        },
        "@weekly" => Fields {
            weekdays: Field::only(0),
            ..daily
        },
        "@daily" | "@midnight" => daily,
        "@hourly" => Fields {
            hours: Field::every(&HOURS),
            ..daily
        },
        _ => return parse_every(spec),
    };
    Ok(Timing::fields(fields))
}

/// Below a second becomes a second; parts of a second are dropped (`CRON-10`).
fn parse_every(spec: &str) -> Result<Timing, ParseError> {
    let Some(duration) = spec.strip_prefix("@every ") else {
        return Err(ParseError(format!("unrecognized descriptor: {spec}")));
    };
    let nanos = parse_duration_nanos(duration)
        .map_err(|cause| ParseError(format!("failed to parse duration {spec}: {cause}")))?;
    Ok(Timing::Every {
        delay_secs: (nanos / 1_000_000_000).max(1),
        through_secs: None,
    })
}
