"""Pictures of places for mails: one contract, Pexels, and nothing when there is none."""
