"""Resources and the claims on their time."""
