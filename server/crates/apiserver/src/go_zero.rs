//! Fields that are not set, as Go's encoder has them. Upstream's structs by value are written even when
//! they are empty (`lastProbeTime: null`, `source: {}`), and its numbers and flags by value are left out
//! when they are zero (`hostNetwork: false`), whether somebody said so or not.
//!
//! A wrapper around the encoder, which meets each struct by its name: nothing is read twice.

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Value, json};

/// What Go makes of one type.
struct Rule {
    of: &'static str,
    /// Left out when zero.
    omitted: &'static [&'static str],
    /// Written when absent, as that JSON.
    written: &'static [(&'static str, &'static str)],
}

const fn rule(
    of: &'static str,
    omitted: &'static [&'static str],
    written: &'static [(&'static str, &'static str)],
) -> Rule {
    Rule {
        of,
        omitted,
        written,
    }
}

/// Of the served kinds; by the types of k8s.io/api v0.36.
const RULES: [Rule; 25] = [
    rule("Container", &["stdin", "stdinOnce", "tty"], &[]),
    rule("ContainerPort", &["hostPort"], &[]),
    rule("ContainerStateRunning", &[], &[("startedAt", "null")]),
    rule(
        "ContainerStateTerminated",
        &["signal"],
        &[("startedAt", "null"), ("finishedAt", "null")],
    ),
    rule(
        "ContainerStatus",
        &[],
        &[("state", "{}"), ("lastState", "{}")],
    ),
    rule("DaemonSetCondition", &[], &[("lastTransitionTime", "null")]),
    rule("DaemonSetSpec", &["minReadySeconds"], &[]),
    rule(
        "DaemonSetStatus",
        &[
            "numberAvailable",
            "numberUnavailable",
            "observedGeneration",
            "updatedNumberScheduled",
        ],
        &[],
    ),
    rule("EphemeralContainer", &["stdin", "stdinOnce", "tty"], &[]),
    rule(
        "Event",
        &["count"],
        &[
            ("eventTime", "null"),
            ("firstTimestamp", "null"),
            ("lastTimestamp", "null"),
            ("reportingComponent", "\"\""),
            ("reportingInstance", "\"\""),
            ("source", "{}"),
        ],
    ),
    rule("JobCondition", &[], CONDITION),
    rule("JobStatus", &["active", "failed", "succeeded"], &[]),
    rule("NamespaceCondition", &[], &[("lastTransitionTime", "null")]),
    rule(
        "NodeCondition",
        &[],
        &[
            ("lastHeartbeatTime", "null"),
            ("lastTransitionTime", "null"),
        ],
    ),
    rule(
        "NodeDaemonEndpoints",
        &[],
        &[("kubeletEndpoint", r#"{"Port":0}"#)],
    ),
    rule("NodeSpec", &["unschedulable"], &[]),
    rule("PodCondition", &["observedGeneration"], CONDITION),
    rule("PodSpec", &["hostIPC", "hostNetwork", "hostPID"], &[]),
    rule("PodStatus", &["observedGeneration"], &[]),
    rule("PriorityClass", &["globalDefault"], &[]),
    rule(
        "Probe",
        &[
            "failureThreshold",
            "initialDelaySeconds",
            "periodSeconds",
            "successThreshold",
            "timeoutSeconds",
        ],
        &[],
    ),
    rule("ServicePort", &["nodePort"], &[]),
    rule(
        "ServiceSpec",
        &["healthCheckNodePort", "publishNotReadyAddresses"],
        &[],
    ),
    rule("ServiceStatus", &[], &[("loadBalancer", "{}")]),
    rule("VolumeMount", &["readOnly"], &[]),
];

const CONDITION: &[(&str, &str)] = &[("lastProbeTime", "null"), ("lastTransitionTime", "null")];

impl Rule {
    fn find(name: &str) -> Option<&'static Self> {
        let found = RULES.binary_search_by(|rule| rule.of.cmp(name));
        found.ok().map(|at| &RULES[at])
    }
}

/// Encodes the value, and all below it, as Go does.
pub struct AsGo<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Serialize for AsGo<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Go(serializer))
    }
}

struct Go<S>(S);

/// Something with values in it.
struct Inside<C> {
    inner: C,
    rule: Option<&'static Rule>,
    /// A bit for each field that the rule would write.
    seen: u8,
}

impl<C> Inside<C> {
    fn plain(inner: C) -> Self {
        Self {
            inner,
            rule: None,
            seen: 0,
        }
    }
}

fn is_zero(value: &(impl Serialize + ?Sized)) -> bool {
    let zero = |value: Value| value == json!(0) || value == json!(false);
    serde_json::to_value(value).is_ok_and(zero)
}

macro_rules! scalars {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(fn $name(self, value: $type) -> Result<S::Ok, S::Error> {
            self.0.$name(value)
        })*
    };
}

impl<S: Serializer> Serializer for Go<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Inside<S::SerializeSeq>;
    type SerializeTuple = Inside<S::SerializeTuple>;
    type SerializeTupleStruct = Inside<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Inside<S::SerializeTupleVariant>;
    type SerializeMap = Inside<S::SerializeMap>;
    type SerializeStruct = Inside<S::SerializeStruct>;
    type SerializeStructVariant = Inside<S::SerializeStructVariant>;

    scalars! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&AsGo(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &AsGo(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = AsGo(value);
        self.0
            .serialize_newtype_variant(name, index, variant, &value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(len).map(Inside::plain)
    }

    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(len).map(Inside::plain)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, len).map(Inside::plain)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        let inner = self.0.serialize_tuple_variant(name, index, variant, len);
        inner.map(Inside::plain)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(len).map(Inside::plain)
    }

    fn serialize_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStruct, S::Error> {
        let rule = Rule::find(name);
        // an encoder may end an empty struct where it begins
        let len = len + rule.map_or(0, |rule| rule.written.len());
        let inner = self.0.serialize_struct(name, len)?;
        Ok(Inside {
            inner,
            rule,
            seen: 0,
        })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        let inner = self.0.serialize_struct_variant(name, index, variant, len);
        inner.map(Inside::plain)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

impl<C: SerializeStruct> SerializeStruct for Inside<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), C::Error> {
        if let Some(rule) = self.rule {
            if rule.omitted.contains(&key) && is_zero(value) {
                return Ok(());
            }
            if let Some(at) = rule.written.iter().position(|(name, _)| *name == key) {
                self.seen |= 1 << at;
            }
        }
        self.inner.serialize_field(key, &AsGo(value))
    }

    fn end(mut self) -> Result<C::Ok, C::Error> {
        let written = self.rule.map_or(&[][..], |rule| rule.written);
        for (at, (key, json)) in written.iter().enumerate() {
            if self.seen & (1 << at) == 0 {
                let value: Value = serde_json::from_str(json).expect("RULES holds JSON");
                self.inner.serialize_field(key, &value)?;
            }
        }
        self.inner.end()
    }
}

impl<C: SerializeMap> SerializeMap for Inside<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.inner.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.inner.serialize_value(&AsGo(value))
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}

macro_rules! sequence {
    ($trait:ident, $method:ident $(, $key:ident)?) => {
        impl<C: $trait> $trait for Inside<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Result<(), C::Error> {
                self.inner.$method($($key,)? &AsGo(value))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    };
}

sequence!(SerializeSeq, serialize_element);
sequence!(SerializeTuple, serialize_element);
sequence!(SerializeTupleStruct, serialize_field);
sequence!(SerializeTupleVariant, serialize_field);
sequence!(SerializeStructVariant, serialize_field, key);

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::DaemonSet;
    use k8s_openapi::api::batch::v1::Job;
    use k8s_openapi::api::core::v1::{Event, Node, Pod, Service};
    use k8s_openapi::serde::de::DeserializeOwned;

    use super::*;

    /// What is written of a body of that type, apart from apiVersion, kind and metadata.
    fn written<T: Serialize + DeserializeOwned>(body: Value) -> Value {
        let object: T = serde_json::from_value(body).expect("a body of the type");
        let mut value = serde_json::to_value(AsGo(&object)).expect("plain data");
        let map = value.as_object_mut().expect("an object");
        map.retain(|key, _| !matches!(key.as_str(), "apiVersion" | "kind" | "metadata"));
        value
    }

    #[test]
    fn the_rules_stand_in_their_order() {
        assert!(RULES.is_sorted_by_key(|rule| rule.of));
        assert!(
            RULES.iter().all(|rule| rule.written.len() <= 8),
            "a bit each"
        );
    }

    /// Each row was printed by `kubectl set image --local` 1.36, which encodes k8s.io/api's types.
    #[test]
    fn ds_48_structs_by_value_are_written_when_empty() {
        let state = json!({"name": "c", "image": "a", "imageID": "x", "ready": true, "restartCount": 0,
            "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 1}}});
        let pod = json!({"status": {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [state]}});
        assert_eq!(
            written::<Pod>(pod)["status"],
            json!({
                "conditions": [{"type": "Ready", "status": "True", "lastProbeTime": null, "lastTransitionTime": null}],
                "containerStatuses": [{"name": "c", "image": "a", "imageID": "x", "ready": true, "restartCount": 0,
                    "state": {"running": {"startedAt": null}},
                    "lastState": {"terminated": {"exitCode": 1, "startedAt": null, "finishedAt": null}}}],
            })
        );
        let conditions =
            json!({"status": {"conditions": [{"type": "Complete", "status": "True"}]}});
        assert_eq!(
            written::<Job>(conditions)["status"]["conditions"][0],
            json!({"type": "Complete", "status": "True", "lastProbeTime": null, "lastTransitionTime": null})
        );
        let event = json!({"metadata": {}, "involvedObject": {}, "reason": "x"});
        assert_eq!(
            written::<Event>(event),
            json!({"involvedObject": {}, "reason": "x", "eventTime": null, "firstTimestamp": null,
                "lastTimestamp": null, "reportingComponent": "", "reportingInstance": "", "source": {}})
        );
        let node = json!({"status": {"daemonEndpoints": {}}});
        let endpoint = json!({"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}});
        assert_eq!(written::<Node>(node)["status"], endpoint);
        assert_eq!(
            written::<Service>(json!({"status": {}}))["status"],
            json!({"loadBalancer": {}})
        );
    }

    #[test]
    fn ds_48_numbers_and_flags_by_value_are_left_out_when_zero() {
        let template = json!({"spec": {
            "hostNetwork": false, "hostPID": true, "shareProcessNamespace": false,
            "containers": [{
                "name": "c", "stdin": false, "tty": true,
                "ports": [{"containerPort": 80, "hostPort": 0}],
                "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": false}],
                "livenessProbe": {"initialDelaySeconds": 0, "periodSeconds": 3},
            }],
        }});
        let set = json!({"spec": {"minReadySeconds": 0, "selector": {}, "template": template}});
        assert_eq!(
            written::<DaemonSet>(set)["spec"],
            json!({"selector": {}, "template": {"spec": {
                "hostPID": true, "shareProcessNamespace": false,
                "containers": [{
                    "name": "c", "tty": true, "ports": [{"containerPort": 80}],
                    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
                    "livenessProbe": {"periodSeconds": 3},
                }],
            }}}),
            "what Go has by pointer stays as it was said"
        );
    }
}
