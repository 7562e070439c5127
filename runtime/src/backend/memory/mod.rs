//! The embedded server: Redis data types, commands and scripts in this process.
