//! Notifications as the cloud posts them. See `webhooks` sections 3 to 5.
