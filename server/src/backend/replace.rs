//! An object that is edited as YAML: rehearsed by the cluster, and put in the place of the one that it was made from.

use http::Method;
use kube::Resource;
use kube::api::DynamicObject;
use orrery_app::backend::AppError;
use orrery_app::forms::manifest::{Both, Problem, Replaced};
use orrery_view::{Kind, ObjectRef};

use super::Dashboard;
use super::create::{annotate, map, request};
use super::diff::diff;
use super::error::app_error;
use super::manifest::{self, Content, problems};
use super::mark::unmark;
use super::objects::{api, resource, source};
use super::patched::again;

/// `text` is what it shall be, `was` what it was when that was begun.
pub async fn replace(
    on: &Dashboard,
    object: &ObjectRef,
    (text, was): (&str, &str),
    dry_run: bool,
) -> Result<Replaced, AppError> {
    let content = one(text);
    let mut tries = 0;
    loop {
        tries += 1;
        let live = api(&on.client, object).get(&object.name).await;
        let live = live.map_err(app_error)?;
        let theirs = source(&live)?;
        let moved = theirs != was;
        let content = match &content {
            Ok(content) => content,
            Err(_) if moved => return Ok(changed(text, was, theirs)),
            Err(problem) => return Ok(Replaced::Wrong(vec![problem.clone()])),
        };
        let stored = match put(on, object, content, &live, true).await {
            Ok(stored) => stored,
            Err(_) if moved => return Ok(changed(text, was, theirs)),
            Err(error) if again(&error, tries) => continue,
            Err(error) => return refused(error, content),
        };
        // what is sent twice is no change by somebody else the second time
        if unmarked(&stored)? == unmarked(&live)? {
            return Ok(Replaced::Same);
        }
        if moved {
            return Ok(changed(text, was, theirs));
        }
        if dry_run {
            return Ok(Replaced::Rehearsed(diff(&theirs, &source(&stored)?)));
        }
        match put(on, object, content, &live, false).await {
            Ok(_) => return Ok(Replaced::Saved),
            Err(error) if again(&error, tries) => {}
            Err(error) => return refused(error, content),
        }
    }
}

/// The one document of a text.
fn one(text: &str) -> Result<Content, Problem> {
    let mut all = manifest::read(text).into_iter();
    let Some(first) = all.next() else {
        return Err(Problem {
            line: 1,
            message: "there is no object in the text".to_owned(),
        });
    };
    match all.next() {
        None => first.content,
        Some(second) => Err(Problem {
            line: second.line,
            message: "one object is edited here; create others by a text of their own".to_owned(),
        }),
    }
}

async fn put(
    on: &Dashboard,
    object: &ObjectRef,
    content: &Content,
    live: &DynamicObject,
    rehearse: bool,
) -> kube::Result<DynamicObject> {
    let mut value = content.value.clone();
    if !rehearse {
        annotate(&mut value, on.mark("Edit"));
    }
    let metadata = map(&mut value, "metadata").and_then(|metadata| metadata.as_object_mut());
    if let Some(metadata) = metadata {
        let version = live.metadata.resource_version.clone();
        metadata.insert("resourceVersion".to_owned(), version.into());
    }
    let namespace = match object.kind {
        Kind::Node => None,
        _ => Some(object.namespace.as_str()),
    };
    let path = DynamicObject::url_path(&resource(object.kind), namespace);
    let path = format!("{path}/{}", object.name);
    let request = request(Method::PUT, &path, &value, rehearse)?;
    on.client.request(request).await
}

fn refused(error: kube::Error, content: &Content) -> Result<Replaced, AppError> {
    match error {
        kube::Error::Api(status) if matches!(status.code, 400 | 403 | 422) => {
            Ok(Replaced::Wrong(problems(content, &status)))
        }
        error => Err(app_error(error)),
    }
}

/// What it says but for who changed it last.
fn unmarked(object: &DynamicObject) -> Result<String, AppError> {
    let mut object = object.clone();
    if let Some(annotations) = &mut object.metadata.annotations {
        unmark(annotations);
    }
    let annotations = object.metadata.annotations.take();
    object.metadata.annotations = annotations.filter(|annotations| !annotations.is_empty());
    source(&object)
}

fn changed(text: &str, was: &str, theirs: String) -> Replaced {
    let (merged, apart) = match diffy::merge(was, text, &theirs) {
        Ok(merged) => (merged, true),
        Err(marked) => (marked, false),
    };
    Replaced::Changed(Box::new(Both {
        they: diff(was, &theirs),
        you: diff(was, text),
        theirs,
        merged,
        apart,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str, was: &str, theirs: &str) -> Both {
        let Replaced::Changed(both) = changed(text, was, theirs.to_owned()) else {
            unreachable!("it is what it answers")
        };
        *both
    }

    #[test]
    fn changes_that_meet_nowhere_are_both_in_the_merged_text() {
        let was = "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\n";
        let mine = "a: 2\nb: 1\nc: 1\nd: 1\ne: 1\n";
        let theirs = "a: 1\nb: 1\nc: 1\nd: 1\ne: 3\n";
        let both = both(mine, was, theirs);
        assert_eq!(both.merged, "a: 2\nb: 1\nc: 1\nd: 1\ne: 3\n");
        assert!(both.apart);
        assert_eq!(both.they, " a: 1\n b: 1\n c: 1\n d: 1\n-e: 1\n+e: 3\n");
        assert_eq!(both.you, "-a: 1\n+a: 2\n b: 1\n c: 1\n d: 1\n e: 1\n");
        assert_eq!(both.theirs, theirs);
    }

    #[test]
    fn changes_that_meet_are_marked_so_that_they_are_no_yaml() {
        let both = both("a: 2\n", "a: 1\n", "a: 3\n");
        assert!(!both.apart);
        for line in ["a: 1", "a: 2", "a: 3"] {
            assert!(
                both.merged.lines().any(|each| each == line),
                "{}",
                both.merged
            );
        }
        assert!(one(&both.merged).is_err(), "{}", both.merged);
    }

    #[test]
    fn the_same_change_by_both_is_one() {
        let both = both("a: 2\nb: 1\n", "a: 1\nb: 1\n", "a: 2\nb: 1\n");
        assert_eq!((both.merged.as_str(), both.apart), ("a: 2\nb: 1\n", true));
    }

    #[test]
    fn one_object_is_edited() {
        let line = |text: &str| one(text).err().map(|problem| problem.line);
        assert_eq!(line("a: 1\n"), None);
        assert_eq!(line("# nothing\n"), Some(1));
        assert_eq!(line("a: 1\n---\nb: 1\n"), Some(2));
    }
}
