"""No provider at all: the e-mail log is the mailbox, and the office's outbox page plays the provider."""

from app.messaging.providers.contract import OutgoingMail, Receipt


class LocalMail:
    """Keeps mails here. A real one, for development, trials and tests: what was sent can be read in the log."""

    name = "local"

    def send(self, mail: OutgoingMail, key: str) -> Receipt:
        """Nothing to carry anywhere; the id is made of the key, so that two tries are one mail."""
        return Receipt(id=f"local-{key}")
