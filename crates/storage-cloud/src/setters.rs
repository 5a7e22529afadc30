//! Builder methods of the configurations of clouds.

/// Writes a builder method for each field: those under `set` take the value; those under `some` and `number` are optional fields and
/// take what they hold, numbers as they are, so that `attempts(3)` compiles.
#[macro_export]
macro_rules! setters {
    ($config:ty { set { $($field:ident: $type:ty),* $(,)? } some { $($optional:ident: $inner:ty),* $(,)? } number { $($number:ident: $integer:ty),* $(,)? } }) => {
        impl $config {
            $(
                #[doc = concat!("The same with this `", stringify!($field), "`.")]
                #[must_use]
                pub fn $field(mut self, value: impl Into<$type>) -> Self {
                    self.$field = value.into();
                    self
                }
            )*
            $(
                #[doc = concat!("The same with this `", stringify!($optional), "`.")]
                #[must_use]
                pub fn $optional(mut self, value: impl Into<$inner>) -> Self {
                    self.$optional = Some(value.into());
                    self
                }
            )*
            $(
                #[doc = concat!("The same with this `", stringify!($number), "`.")]
                #[must_use]
                pub fn $number(mut self, value: $integer) -> Self {
                    self.$number = Some(value);
                    self
                }
            )*
        }
    };
}
