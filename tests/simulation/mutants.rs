use larder::testing::simulation::{Mutant, Simulation};
#[test]
fn table() {
    for (mutant, rules) in Mutant::ALL {
        let mut found = std::collections::BTreeMap::<&str, u32>::new();
        let mut first = None;
        let began = std::time::Instant::now();
        let n = 500;
        let mut hits = 0;
        for seed in 0..n {
            let r = Simulation::seeded(seed).mutant(mutant).run();
            for v in r.violations().iter().map(|v| v.rule()).collect::<std::collections::BTreeSet<_>>() { *found.entry(v).or_default() += 1; }
            if r.violations().iter().any(|v| rules.contains(&v.rule())) { hits += 1; first.get_or_insert(seed); }
        }
        println!("{mutant:?}: expected {rules:?} first {first:?} hits {hits}/{n} all {found:?} {:?}", began.elapsed());
    }
}
