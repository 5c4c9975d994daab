//! A walk: a person before a page, with a kubectl at hand.
//!
//! `Scene::of(OBJECTS).walk(async |walk| { … })` makes the cluster and its objects, signs in, walks, and clears away. A
//! walk that ends well has left no complaint in the browser's console, and every process has stopped by itself.

use anyhow::{Context, Result, ensure};

use crate::{Browser, Kubectl, Look, Orrery, Past, eventually, give_history};

/// What is there before the walk begins.
pub struct Scene {
    look: Look,
    attached: bool,
    read_only: bool,
    breaks: bool,
    setup: Vec<Setup>,
    past: Option<Past>,
}

enum Setup {
    Manifests(String),
    Command(String),
}

/// A page that is signed in to, and what is around it.
pub struct Walk {
    pub browser: Browser,
    pub kubectl: Kubectl,
    /// Whose page it is.
    pub orrery: Orrery,
    /// Whose cluster, where it is not the page's own.
    pub cluster: Option<Orrery>,
    breaks: bool,
}

impl Scene {
    /// A cluster that holds nothing of one's own, seen in English and light.
    pub fn empty() -> Self {
        Self {
            look: Look::ENGLISH,
            attached: false,
            read_only: false,
            breaks: false,
            setup: Vec::new(),
            past: None,
        }
    }

    /// With these objects.
    pub fn of(manifests: &str) -> Self {
        Self::empty().with(manifests)
    }

    /// With these objects too.
    pub fn with(mut self, manifests: &str) -> Self {
        self.setup.push(Setup::Manifests(manifests.to_owned()));
        self
    }

    /// After `kubectl <words>`.
    pub fn after(mut self, words: &str) -> Self {
        self.setup.push(Setup::Command(words.to_owned()));
        self
    }

    /// Its CronJobs in `default` have run before.
    pub fn with_history(mut self, past: Past) -> Self {
        self.past = Some(past);
        self
    }

    pub fn seen(mut self, look: Look) -> Self {
        self.look = look;
        self
    }

    /// The page is attached to another Orrery's cluster.
    pub fn attached(mut self) -> Self {
        self.attached = true;
        self
    }

    /// The page is over its own cluster, and changes nothing of it.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Connections break on the way, which the console may say.
    pub fn breaking(mut self) -> Self {
        self.breaks = true;
        self
    }

    /// Walks there. Without a kubectl there is no walk, which is said aloud.
    pub async fn walk(self, steps: impl AsyncFnOnce(&mut Walk) -> Result<()>) -> Result<()> {
        let Some(mut walk) = self.set_up().await? else {
            return Ok(());
        };
        steps(&mut walk).await?;
        walk.end().await
    }

    async fn set_up(self) -> Result<Option<Walk>> {
        let mut first = match self.read_only {
            true => Orrery::read_only().await?,
            false => Orrery::start().await?,
        };
        let Some(kubectl) = Kubectl::find(&first.kubeconfig())? else {
            return Ok(None);
        };
        for step in self.setup {
            match step {
                Setup::Manifests(objects) => kubectl.run_with("apply -f -", &objects).await?,
                Setup::Command(words) => kubectl.run(&words).await?,
            };
        }
        if let Some(past) = self.past {
            give_history(&mut first, &kubectl, past).await?;
        }
        let (orrery, cluster) = match self.attached {
            true => (first.attach().await?, Some(first)),
            false => (first, None),
        };
        let mut browser = Browser::open(self.look).await?;
        browser.sign_in(&orrery).await?;
        Ok(Some(Walk {
            browser,
            kubectl,
            orrery,
            cluster,
            breaks: self.breaks,
        }))
    }
}

impl Walk {
    /// Waits until what `kubectl get <words>` prints has `said` in it.
    pub async fn until(&self, words: &str, said: &str) -> Result<()> {
        let command = format!("get {words}");
        let holds = async || Ok(self.kubectl.run(&command).await?.contains(said));
        let held = eventually(Browser::APPEARS, holds).await;
        held.with_context(|| format!("{words} is to say {said}"))
    }

    async fn end(self) -> Result<()> {
        let mut complaints = self.browser.complaints().await?;
        complaints.retain(|said| !(self.breaks && said.contains("net::ERR_")));
        ensure!(
            complaints.is_empty(),
            "the console complains: {complaints:#?}"
        );
        self.browser.close().await?;
        self.orrery.stop().await?;
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// The row of the object of that name, as an XPath.
pub fn row(name: &str) -> String {
    format!("//tr[.//a[normalize-space(.)='{name}']]")
}
