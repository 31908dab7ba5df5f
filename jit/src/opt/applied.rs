//! How often each rule of the optimiser has applied: counted in the trace it was applied to, and summed up in
//! [`crate::stats::Stats`]. What is never counted is never tested.

macro_rules! rules {
    ($($rule:ident)*) => {
        /// A rule. The first ones are those of [`super::fold`], by the names of their functions.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Rule { $(#[doc = concat!("See the passes: ", stringify!($rule), ".")] $rule,)* }

        impl Rule {
            /// All rules.
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];
        }
    };
}

rules! {
    IntConstants IntComparison ConstantLast ComparisonConstantLast SubToAdd IntIdentity Reassociate DivideByPower ShiftByConstant UnboxBoxed
    BoxUnboxed GuardCondition NotCondition BoolConstants SameWord UnsignedComparison Select Convert FloatConstants
    FloatComparison FloatIdentity
    // Guards that are known to pass; that have become cheaper; increfs and decrefs likewise; assumptions known.
    GuardKnown GuardCheaper CountCheaper CountNotNeeded AssumptionKnown
    // Computed before: ops, guards, calls.
    CommonOp CommonGuard CommonCall
    // Loads that take what was stored or loaded, and guards on memory known to pass.
    StoredValue LoadedValue GuardedMemory
    // Loops: peeled, or closed at the label where peeling is off; what the copy of the body found before the loop; values that change around it.
    LoopPeeled LoopClosed Hoisted Changes FloatUnboxed
    // Overflow checks that ranges make needless, and comparisons that they decide.
    CheckNotNeeded ComparisonDecided
    // Pairs of incref and decref; decrefs that are not the last.
    PairElided NotLast
    // Slots left in the frame; instructions that nothing uses.
    SlotKept Unused
    // Objects: virtual ones, loads and stores of their fields, those that had to be made after all, those that were never made.
    VirtualObject VirtualField VirtualStore VirtualMade VirtualGone
    // Ends that go to the typed label or the generic entry of another trace.
    LinkTyped LinkGeneric
}

/// Counts by rule.
#[derive(Clone, Debug)]
pub struct Applied([u32; Rule::ALL.len()]);

impl Default for Applied {
    fn default() -> Self {
        Applied([0; Rule::ALL.len()])
    }
}

impl Applied {
    /// A rule has applied.
    #[inline]
    pub fn count(&mut self, rule: Rule) {
        self.0[rule as usize] += 1;
    }

    /// The rules and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Rule, u32)> {
        Rule::ALL.iter().copied().zip(self.0)
    }
}
