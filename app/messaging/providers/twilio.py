"""Text messages through Twilio. It knows no idempotency keys: a lost answer is looked up by `find`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from app.kernel.http import Answer, Limits, Outside, ProviderError, Rate, refusal
from app.messaging.providers.sms_contract import OutgoingSms, SmsReceipt
from app.messaging.providers.sms_words import english
from app.messaging.providers.twilio_codes import REQUEST

#: Messages of one account and all our workers; Twilio queues what its numbers cannot carry at once.
CAREFUL = Rate(20, 1)
_MOST_PAGES = 5
_PAGE_SIZE = "100"


class _Message(BaseModel):
    sid: str = Field(pattern=r"^[A-Z]{2}[0-9A-Za-z]{6,60}$")
    status: str = "queued"
    body: str | None = None
    error_code: int | None = None
    date_created: str | None = None
    direction: str | None = None

    def receipt(self) -> SmsReceipt:
        return SmsReceipt(id=self.sid, status=self.status, error_code=self.error_code)


class _Page(BaseModel):
    messages: list[_Message]
    next_page_uri: str | None = None


class _Error(BaseModel):
    code: int = 0
    message: str = ""
    detail: str = ""


class Twilio:
    """`POST …/Messages.json`, one account."""

    name = "twilio"

    def __init__(
        self,
        base_url: str,
        account: str,
        token: str,
        *,
        sender: str,
        whatsapp_sender: str = "",
        limits: Limits | None = None,
        gated: bool = True,
    ) -> None:
        self.sender, self.whatsapp_sender = sender, whatsapp_sender
        self.place = f"/2010-04-01/Accounts/{account}/Messages"
        self.http = Outside(
            "Twilio", base_url, auth=(account, token), rate=CAREFUL, limits=limits, explain=explained, gated=gated
        )

    def send(self, sms: OutgoingSms) -> SmsReceipt:
        """See `SmsProvider.send`."""
        form = {"To": _address(sms.to, sms.channel), "Body": sms.body} | self._sender_of(sms.channel)
        if sms.callback and _is_callable(sms.callback):
            form["StatusCallback"] = sms.callback
        return self.http.post(f"{self.place}.json", data=form, expect=_Message).expect(_Message).receipt()

    def find(self, sms: OutgoingSms, since: datetime) -> Sequence[SmsReceipt]:
        """See `SmsProvider.find`. Asked by number alone: what is still queued there has no date of sending yet."""
        found: list[tuple[datetime, SmsReceipt]] = []
        path = f"{self.place}.json"
        query: dict[str, str] | None = {"To": _address(sms.to, sms.channel), "PageSize": _PAGE_SIZE}
        for _number in range(_MOST_PAGES):
            page = self.http.get(path, params=query, expect=_Page).expect(_Page)
            for message in page.messages:
                made = _date(message.date_created)
                if made >= since and _says(message.body, sms.body) and message.direction != "inbound":
                    found.append((made, message.receipt()))
            if not page.next_page_uri:
                break
            path, query = page.next_page_uri, None
        return [receipt for _made, receipt in sorted(found, key=lambda one: one[0])]

    def ask(self, provider_id: str) -> SmsReceipt | None:
        """See `SmsProvider.ask`."""
        try:
            return self.http.get(f"{self.place}/{provider_id}.json", expect=_Message).expect(_Message).receipt()
        except ProviderError as error:
            if error.status == 404:
                return None
            raise

    def _sender_of(self, channel: str) -> dict[str, str]:
        sender = self.whatsapp_sender if channel == "whatsapp" else self.sender
        if not sender:
            raise ProviderError(english("bad_sender"), code="bad_sender", retry=False)
        if sender.startswith("MG"):
            return {"MessagingServiceSid": sender}
        return {"From": _address(sender, channel)}


def explained(answer: Answer) -> ProviderError:
    """Twilio's refusal, by its number: what it means for the message and for the office."""
    try:
        error = _Error.model_validate_json(answer.content)
    except ValidationError:
        error = _Error()
    general = refusal(answer)
    if error.code in REQUEST:
        code, retry = REQUEST[error.code]
        general.retry = retry
        if answer.status < 500:
            general.in_doubt = False
    else:
        code = general.code
    general.code, general.words = code, english(code)
    if error.code:
        general.detail = f"{error.code}: {error.message or error.detail}"[:500]
    return general


def _address(number: str, channel: str) -> str:
    if channel == "whatsapp" and not number.startswith("whatsapp:"):
        return f"whatsapp:{number}"
    return number


def _is_callable(callback: str) -> bool:
    """Whether Twilio may be given that address: it refuses hosts with an underscore, or with no dot but localhost."""
    host = urlsplit(callback).hostname or ""
    return "_" not in host


def _says(theirs: str | None, ours: str) -> bool:
    """Whether it is the same text; trial accounts put a sentence in front."""
    return theirs is not None and (theirs.strip() == ours.strip() or theirs.strip().endswith(f"- {ours.strip()}"))


def _date(text: str | None) -> datetime:
    """A date of theirs (RFC 2822); one that cannot be read counts as just now, so that nothing is sent twice for it."""
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return datetime.max.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
