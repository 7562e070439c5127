//! A Redis or Valkey server, reached through the `redis` driver. Only this folder names the driver's connections.
