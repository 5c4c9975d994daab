//! Files of one volume that would be written over, or under, another (`warningsForOverlappingVirtualPaths`).

use std::fmt;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, Volume, VolumeProjection};

use super::MAX_TOLD;

/// Files of one volume that are compared with each other: upstream compares all, which takes minutes for as many
/// as a body can hold.
const MAX_FILES: usize = 1_000;

pub(super) fn warn(volume: &Volume, warnings: &mut Vec<String>) {
    if let Some(source) = &volume.config_map {
        let of = format!("ConfigMap {:?}", source.name);
        check(
            volume,
            &of,
            &of_items(source.items.as_deref(), ""),
            warnings,
        );
    }
    if let Some(source) = &volume.secret {
        let name = source.secret_name.as_deref().unwrap_or_default();
        let of = format!("Secret {name:?}");
        check(
            volume,
            &of,
            &of_items(source.items.as_deref(), ""),
            warnings,
        );
    }
    if let Some(source) = &volume.downward_api {
        let files = of_files(source.items.as_deref(), "");
        check(volume, "DownwardAPI", &files, warnings);
    }
    let projected = volume.projected.as_ref();
    let sources = projected.and_then(|projected| projected.sources.as_deref());
    let mut files = Vec::new();
    for source in sources.unwrap_or_default() {
        if *source == VolumeProjection::default() {
            let name = &volume.name;
            warnings.push(format!(
                "volume {name:?} (Projected) has no sources provided"
            ));
        }
        files.extend(of_source(source));
    }
    check(volume, "Projected", &files, warnings);
}

/// A file, and where it comes from when its volume has many sources.
struct File {
    path: String,
    source: String,
}

impl File {
    fn new(path: &str, source: &str) -> Self {
        Self {
            path: path.trim_end_matches('/').to_owned(),
            source: source.to_owned(),
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let named = !self.path.is_empty() && !other.path.is_empty();
        named && (is_within(&self.path, &other.path) || is_within(&other.path, &self.path))
    }
}

/// True of a path within itself, too.
fn is_within(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.path)?;
        if self.source.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.source)
    }
}

fn of_items(items: Option<&[KeyToPath]>, source: &str) -> Vec<File> {
    let items = items.unwrap_or_default().iter();
    items.map(|item| File::new(&item.path, source)).collect()
}

fn of_files(files: Option<&[DownwardAPIVolumeFile]>, source: &str) -> Vec<File> {
    let files = files.unwrap_or_default().iter();
    files.map(|file| File::new(&file.path, source)).collect()
}

fn of_source(source: &VolumeProjection) -> Vec<File> {
    if let Some(map) = source.config_map.as_ref().filter(|map| map.items.is_some()) {
        let of = format!("ConfigMap {:?}", map.name);
        return of_items(map.items.as_deref(), &of);
    }
    let secret = source.secret.as_ref();
    if let Some(secret) = secret.filter(|secret| secret.items.is_some()) {
        let of = format!("Secret {:?}", secret.name);
        return of_items(secret.items.as_deref(), &of);
    }
    let api = source.downward_api.as_ref();
    if let Some(api) = api.filter(|api| api.items.is_some()) {
        return of_files(api.items.as_deref(), "DownwardAPI");
    }
    let token = source.service_account_token.iter();
    token
        .map(|token| File::new(&token.path, "ServiceAccountToken"))
        .collect()
}

/// Each file with those before it.
fn check(volume: &Volume, of: &str, files: &[File], warnings: &mut Vec<String>) {
    let name = &volume.name;
    let files = files.get(..MAX_FILES).unwrap_or(files);
    let pairs = files.iter().enumerate().flat_map(move |(at, file)| {
        let before = files[..at].iter();
        let others = before.filter(move |other| file.overlaps(other));
        others.map(move |other| (file, other))
    });
    warnings.extend(pairs.take(MAX_TOLD).map(|(file, other)| {
        format!("volume {name:?} ({of}): overlapping paths: {file} with {other}")
    }));
}
