//! Addresses and ports for Services, from what the stored ones have.

use k8s_openapi::api::core::v1::Service;
use orrery_apis::service::{Draw, Refusal, Taken};
use orrery_store::Range;
use tokio::sync::{Mutex, MutexGuard};

use crate::call::Call;
use crate::object::Object;
use crate::params::WriteParams;
use crate::problem::{Outcome, Problem};

/// Whose turn it is to look for something free. Writers of Services wait for one another from that look to
/// their write's end, so that no two find the same.
#[derive(Default)]
pub struct Turns(Mutex<()>);

/// Waits for the turn of a request that writes a Service; others have none to wait for.
pub async fn turn(call: &Call) -> Option<MutexGuard<'_, ()>> {
    match (call.resource.name.group, call.resource.name.plural) {
        ("", "services") => {
            let turn = call.core.services.0.lock().await;
            // who went away gave the turn back before the write was to be seen
            call.core.store.settled().await;
            Some(turn)
        }
        _ => None,
    }
}

/// Gives a Service what upstream's allocators give it; leaves other kinds alone.
pub fn allocate(call: &Call, object: &mut dyn Object, old: Option<&dyn Object>) -> Outcome<()> {
    let Some(service) = object.as_any_mut().downcast_mut::<Service>() else {
        return Ok(());
    };
    let old = old.and_then(|old| old.as_any().downcast_ref());
    let dry_run = WriteParams::check(&call.params, &mut Vec::new()).dry_run;
    let mut below = |bound| call.core.clock.below(bound);
    let allocated = Draw::new(taken(call), &mut below, dry_run).allocate(service, old);
    allocated.map_err(|refusal| match refusal {
        Refusal::Full(why) => Problem::Internal(why),
        Refusal::Invalid(errors) => Problem::Invalid {
            group: "",
            kind: "Service",
            name: service.metadata.name.clone().unwrap_or_default(),
            errors,
        },
    })
}

fn taken(call: &Call) -> Taken {
    let mut taken = Taken::default();
    let all = call.core.store.list(&Range::all(call.resource.key.clone()));
    all.entries.iter().for_each(|entry| taken.add(&entry.value));
    taken
}
