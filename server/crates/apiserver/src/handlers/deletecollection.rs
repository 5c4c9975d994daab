//! DELETE of a collection: the selected objects, one after the other, as upstream does it.

use bytes::Bytes;

use crate::call::Call;
use crate::delete_options;
use crate::handlers::delete;
use crate::handlers::list::{self, Page};
use crate::problem::{Outcome, Problem};
use crate::target::NO_NAMESPACE;

/// Deletes what the query selects and answers the list as it was. Upstream reads what is to be listed before what is
/// to be done with it.
pub async fn deletecollection(call: &mut Call, body: Bytes) -> Outcome<(Page, Vec<String>)> {
    let namespace = call.namespace.clone();
    let is_nowhere = namespace.as_deref() == Some("");
    // upstream lists what is in all, and finds none of it in none
    call.namespace = namespace.clone().filter(|_| !is_nowhere);
    let wanted = list::wanted(call)?;
    let options = delete_options::read(&call.headers, &call.params, body)?;
    let page = list::page(call, &wanted)?;
    if is_nowhere && !page.entries.is_empty() {
        return Err(Problem::bad_request(NO_NAMESPACE));
    }
    for entry in &page.entries {
        call.name = entry.key.name.to_string();
        if call.resource.info.namespaced {
            call.namespace = Some(entry.key.namespace.to_string());
        }
        match delete::remove(call, &options).await {
            Ok(written) => delete::refurnish(call, &options, &written).await,
            // somebody else was faster: what was wanted has happened
            Err(Problem::NotFound { .. }) => {}
            Err(problem) => return Err(problem),
        }
    }
    call.namespace = namespace;
    let warnings = delete::warnings(call, &options);
    Ok((page, warnings))
}
