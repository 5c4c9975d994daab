//! The one log viewer: all pods of a Job and a DaemonSet interleaved, pods that come later, and a CronJob's runs switched
//! in place. Nothing here goes by words of the page, so that it holds in every language.

use anyhow::{Result, ensure};
use orrery_tests::{Browser, Kubectl, Look, Orrery};

/// A Job whose two pods speak in turns; one of them fails once and is retried; a CronJob; a DaemonSet.
const SPEAKERS: &str = r#"
apiVersion: batch/v1
kind: Job
metadata: {name: turns, namespace: default}
spec:
  completions: 2
  parallelism: 2
  completionMode: Indexed
  backoffLimitPerIndex: 1
  podFailurePolicy:
    rules:
    - {action: Count, onExitCodes: {operator: In, values: [9]}}
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: main
        image: busybox
        command:
        - sh
        - -c
        - |
          echo "begins $JOB_COMPLETION_INDEX"
          sleep 1
          echo "goes on $JOB_COMPLETION_INDEX"
          sleep 1
          test $JOB_COMPLETION_INDEX = 0 || exit 9
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: says, namespace: default}
spec:
  schedule: "0 3 1 1 *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - {name: main, image: busybox, command: [sh, -c, "echo I am $HOSTNAME"]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: hums, namespace: default}
spec:
  selector: {matchLabels: {app: hums}}
  template:
    metadata: {labels: {app: hums}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: main, image: busybox, command: [sh, -c, "while true; do echo hum; sleep 1; done"]}
"#;

#[tokio::test]
async fn logs_of_several_pods_are_one() -> Result<()> {
    let orrery = Orrery::start().await?;
    let Some(kubectl) = Kubectl::find(&orrery.kubeconfig())? else {
        return Ok(());
    };
    let browser = Browser::open(Look::ENGLISH).await?;
    browser.tab.goto(&orrery.sign_in_link().await?).await?;
    kubectl.run_with("apply -f -", SPEAKERS).await?;
    let walk = Walk {
        page: orrery.endpoint("page").to_string(),
        kubectl,
        browser,
    };
    walk.job().await?;
    walk.daemonset().await?;
    walk.cronjob().await?;
    let complaints = walk.browser.complaints().await?;
    ensure!(
        complaints.is_empty(),
        "the console complains: {complaints:#?}"
    );
    walk.browser.close().await?;
    orrery.stop().await
}

struct Walk {
    page: String,
    kubectl: Kubectl,
    browser: Browser,
}

impl Walk {
    async fn open(&self, path: &str) -> Result<()> {
        self.browser
            .tab
            .goto(&format!("{}{path}", self.page))
            .await?;
        self.browser.css("html[data-awake]").await?;
        Ok(())
    }

    async fn holds(&self, script: &str) -> Result<()> {
        self.browser.holds(script, "", Browser::APPEARS).await
    }

    /// Both pods and the retry of one, which began after the page was opened; in the order of time, each with its pod.
    async fn job(&self) -> Result<()> {
        self.open("/jobs/default/turns/log").await?;
        self.holds(
            "const lines = [...document.querySelectorAll('.lines .line')];
             const pods = new Set(lines.map(line => line.querySelector('a.pod').title));
             const times = lines.map(line => line.querySelector('time').textContent);
             return lines.length === 6 && pods.size === 3
                && times.every((time, n) => n === 0 || times[n - 1] <= time)",
        )
        .await?;
        self.kubectl
            .run("wait job/turns --for=condition=Failed --timeout=30s")
            .await?;
        // the same when it is read from its end, and it says that this is the end
        self.open("/jobs/default/turns/log").await?;
        self.holds(
            "return document.querySelectorAll('.lines .line').length === 6
                && document.querySelector('.lines .nil').textContent !== ''",
        )
        .await?;
        self.browser
            .css("nav.tabs a[href='/jobs/default/turns/log'][aria-current]")
            .await?;
        Ok(())
    }

    /// Each node's pod speaks; the button is on the page.
    async fn daemonset(&self) -> Result<()> {
        let link = "a.btn[href='/daemonsets/default/hums/log']";
        self.open("/daemonsets/default/hums").await?;
        self.browser
            .css(&format!("main .head {link}"))
            .await?
            .click()
            .await?;
        let speaking = "return new Set([...document.querySelectorAll('.lines a.pod')].map(pod => pod.title)).size";
        self.holds(&format!("{speaking} === 3")).await?;
        // a pod that takes the place of another joins
        self.kubectl
            .run("delete pod -l app=hums --wait=false")
            .await?;
        self.holds(&format!("{speaking} === 6")).await
    }

    /// The latest run; another one in place; and what is kept of one that is gone.
    async fn cronjob(&self) -> Result<()> {
        for name in ["says-one", "says-two"] {
            let create = format!("create job {name} --from=cronjob/says");
            self.kubectl.run(&create).await?;
            let wait = format!("wait job/{name} --for=condition=Complete --timeout=30s");
            self.kubectl.run(&wait).await?;
        }
        self.open("/cronjobs/default/says").await?;
        self.browser
            .css("nav.tabs a[href='/cronjobs/default/says/log']")
            .await?
            .click()
            .await?;
        let says = |name: &str| {
            format!(
                "const lines = document.querySelectorAll('.lines .line');
                 return lines.length === 1 && lines[0].textContent.includes('I am {name}-')
                    && !!document.querySelector('nav.runs [aria-current][href$=\"run={name}\"]')"
            )
        };
        self.holds(&says("says-two")).await?;
        self.browser.css("html[data-awake]").await?;
        self.browser
            .tab
            .execute("window.here = true", vec![])
            .await?;
        self.browser
            .css("nav.runs a[href$='run=says-one']")
            .await?
            .click()
            .await?;
        self.holds(&says("says-one")).await?;
        self.holds("return window.here === true && location.search === '?run=says-one'")
            .await?;
        // its Job is deleted: the last lines are in the ledger
        self.kubectl.run("delete job says-one").await?;
        self.browser
            .css("nav.runs a[href$='run=says-one']:not([data-swap])")
            .await?
            .click()
            .await?;
        self.holds("return !window.here && document.querySelector('.lines').textContent.includes('I am says-one-')")
            .await?;
        self.browser.css("main .note[role=status]").await?;
        Ok(())
    }
}
