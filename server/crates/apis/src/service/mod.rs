//! Services, as plain objects: nobody allocates addresses or ports for them.

mod addresses;
mod defaults;
mod kind;
mod ports;
mod prepare;
#[cfg(test)]
mod tests;
mod traffic;
mod validation;
