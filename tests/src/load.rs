//! What a tree of processes costs: processor time from `/proc/*/stat`, memory as PSS, so that shared pages count once.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// One reading of a tree.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Name and processor time so far, in clock ticks, by process.
    ticks: BTreeMap<u32, (String, u64)>,
    /// Proportional set size of all, in MB.
    pub pss_mb: f64,
}

impl Reading {
    /// Reads the tree below and with `root`.
    #[must_use]
    pub fn of(root: u32) -> Self {
        let tree = tree(root);
        Self {
            ticks: tree.iter().filter_map(|id| stat(*id).map(|stat| (*id, (stat.name, stat.ticks)))).collect(),
            pss_mb: tree.iter().filter_map(|id| pss_kb(*id)).sum::<u64>() as f64 / 1024.0,
        }
    }

    /// Processor seconds used since `before` by the processes of both readings and by those that came since.
    #[must_use]
    pub fn cpu_since(&self, before: &Self) -> f64 {
        self.by_name_since(before).values().sum()
    }

    /// The same by name of process: where it goes.
    #[must_use]
    pub fn by_name_since(&self, before: &Self) -> BTreeMap<String, f64> {
        let mut seconds = BTreeMap::new();
        for (id, (name, ticks)) in &self.ticks {
            let used = ticks.saturating_sub(before.ticks.get(id).map_or(0, |(_, ticks)| *ticks));
            *seconds.entry(name.clone()).or_insert(0.0) += used as f64 / ticks_per_second();
        }
        seconds
    }
}

/// Processes whose name is `name` below `root`.
#[must_use]
pub fn below(root: u32, name: &str) -> Vec<u32> {
    tree(root).into_iter().filter(|id| stat(*id).is_some_and(|stat| stat.name == name)).collect()
}

struct Stat {
    name: String,
    parent: u32,
    ticks: u64,
}

fn stat(id: u32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name is in brackets and may hold anything.
    let (open, close) = (text.find('(')?, text.rfind(')')?);
    let rest: Vec<&str> = text.get(close + 2..)?.split(' ').collect();
    Some(Stat {
        name: text.get(open + 1..close)?.to_owned(),
        parent: rest.get(1)?.parse().ok()?,
        ticks: rest.get(11)?.parse::<u64>().ok()? + rest.get(12)?.parse::<u64>().ok()?,
    })
}

fn tree(root: u32) -> BTreeSet<u32> {
    let all: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|id| Some((id, stat(id)?.parent)))
        .collect();
    let mut found = BTreeSet::from([root]);
    loop {
        let before = found.len();
        found.extend(all.iter().filter(|(_, parent)| found.contains(parent)).map(|(id, _)| *id).collect::<Vec<_>>());
        if found.len() == before {
            return found;
        }
    }
}

fn pss_kb(id: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("Pss:")?.split_whitespace().next()?.parse().ok())
}

fn ticks_per_second() -> f64 {
    let out = Command::new("getconf").arg("CLK_TCK").output();
    out.ok().and_then(|out| String::from_utf8_lossy(&out.stdout).trim().parse().ok()).unwrap_or(100.0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_busy_process_costs_what_it_uses() {
        let me = std::process::id();
        let before = Reading::of(me);
        let end = Instant::now() + Duration::from_millis(300);
        let mut spins = 0_u64;
        while Instant::now() < end {
            spins = std::hint::black_box(spins + 1);
        }
        let after = Reading::of(me);
        assert!(after.cpu_since(&before) > 0.1, "{}", after.cpu_since(&before));
        assert!(after.pss_mb > 0.5);
    }
}
