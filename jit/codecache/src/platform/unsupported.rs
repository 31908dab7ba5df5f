//! Systems without a way to map memory twice, so far.

use crate::Error;

/// Nothing.
#[derive(Debug)]
pub enum Mapping {}

impl Mapping {
    /// Says so.
    pub fn new(_len: usize, _anonymous: bool) -> Result<Self, Error> {
        Err(Error::Unavailable("this operating system is not supported yet"))
    }

    /// Never called.
    pub fn writable(&mut self) -> &mut [u8] {
        match *self {}
    }

    /// Never called.
    pub fn executable(&self) -> *const u8 {
        match *self {}
    }

    /// Never called.
    pub fn publish(&mut self, _range: std::ops::Range<usize>) {
        match *self {}
    }

    /// Never called.
    pub fn copy(&self, _ranges: &[std::ops::Range<usize>]) -> Result<Copy, Error> {
        match *self {}
    }

    /// Never called.
    pub fn adopt(&mut self, copy: Copy) {
        match copy {}
    }

    /// Never called.
    pub fn len(&self) -> usize {
        match *self {}
    }
}

/// Nothing.
#[derive(Debug)]
pub enum Copy {}
