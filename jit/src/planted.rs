//! Mistakes on purpose. With the feature `planted`, which no build for use has, `--jit-plant=NAME` switches one on, to see whether
//! the random programs of `tests/random_programs` find it. Each is at the place where it could have been made.

macro_rules! bugs {
    ($($bug:ident $name:literal $doc:literal)*) => {
        /// A mistake.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Bug { $(#[doc = $doc] $bug,)* }

        impl Bug {
            /// All of them, with their names.
            pub const ALL: &[(Bug, &str)] = &[$((Bug::$bug, $name),)*];
        }
    };
}

bugs! {
    DroppedGuard "dropped-guard" "Guards that two ints are equal are not emitted."
    StaleSnapshot "stale-snapshot" "Exits of a loop's body show the first iteration's ints."
    WrongSlot "wrong-slot" "Of two ints in neighbouring slots an exit shows one twice."
    MissedInvalidation "missed-invalidation" "A change of what traces rely on leaves them as they are."
    LostDecref "lost-decref" "A decref that is known not to be the last goes."
    ExtraIncref "extra-incref" "Of a pair of incref and decref only the decref goes."
    LostIncref "lost-incref" "Of a pair of incref and decref only the incref goes."
    WrongOverflow "wrong-overflow" "Of two sums made one, nobody tests the overflow."
    StaleLoad "stale-load" "A load does not see a store to what may be the same place."
    StaleAcrossCall "stale-across-call" "A load does not see what Python code has stored in a call."
    StaleShape "stale-shape" "An object's shape stays known across a call that runs Python code."
    StaleType "stale-type" "A side trace takes for an int what its exit was left for not being one."
    LostZeroSign "lost-zero-sign" "x + 0.0 is taken for x, also if x is -0.0."
    NanComparison "nan-comparison" "A float comparison that came out false is guarded by the opposite one."
    BoundsOffByOne "bounds-off-by-one" "An index as great as the length is let through."
    MissingWrite "missing-write" "An object made after all lacks its last field."
    LostException "lost-exception" "An exception in a helper goes on as if there was none."
    WrongResume "wrong-resume" "What an exit resumes after is executed again."
    WrongMove "wrong-move" "After a swap of two registers, moves still read the one they did."
    WrongShift "wrong-shift" "A shift right by more than 62 bits is one by the count modulo 64."
    UnboxedTwice "unboxed-twice" "A float in two slots is boxed for each at an exit."
    MissedForce "missed-force" "Nobody looks whether frames were completed during a call."
    WrongDrop "wrong-drop" "An exit keeps the references that it should drop."
    MissingPhi "missing-phi" "A float that changes around a loop stays what it was."
}

#[cfg(feature = "planted")]
static CHOSEN: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(u8::MAX);

/// Whether this mistake is to be made.
#[inline(always)]
pub fn planted(bug: Bug) -> bool {
    #[cfg(feature = "planted")]
    return CHOSEN.load(std::sync::atomic::Ordering::Relaxed) == bug as u8;
    #[cfg(not(feature = "planted"))]
    {
        let _ = bug;
        false
    }
}

/// Has the mistake of that name made from here on.
///
/// # Errors
/// Names the mistakes there are, or says that this build has none.
pub fn plant(name: &str) -> Result<(), String> {
    #[cfg(feature = "planted")]
    {
        let names = || Bug::ALL.iter().map(|b| b.1).collect::<Vec<_>>().join(", ");
        let (bug, _) = Bug::ALL.iter().find(|b| b.1 == name).ok_or_else(|| format!("no such mistake: {name}; there are {}", names()))?;
        CHOSEN.store(*bug as u8, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
    #[cfg(not(feature = "planted"))]
    Err(format!("{name}: this build has no planted mistakes"))
}
