"""The pages by which owners write their messages in their own words, see them as a customer would, and go back."""

from typing import Any

from flask import Response, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.kernel.access import Can
from app.kernel.errors import Invalid, NotFound
from app.messaging import letters, own_texts, segments
from app.messaging.letters import Letter
from app.messaging.models import EmailLog
from app.messaging.own_texts import BODY, PARTS, SUBJECT, TEXT, Editable, Words
from app.settings import firm, texts, times
from app.settings.door import PAGE, bp
from app.settings.forms import SectionForm
from app.settings.orders import WAKING_HOURS, TextsOrder, TimesOrder
from app.web.doors import needs
from app.web.forms import CheckedForm
from app.web.i18n import LANGUAGES, speaking
from app.web.pages import go, render, toast
from app.web.security import checks_its_form, framed

_AT = f"{PAGE}/messages/<message>/<any({', '.join(LANGUAGES)}):language>"


_HOURS = [SelectChoice(str(hour), f"{hour:02}:00") for hour in WAKING_HOURS]


class TimesForm(SectionForm[TimesOrder]):
    """When the messages go that nobody sends by hand."""

    checks = TimesOrder
    names = ("sends_reminders", "reminder_hour", "sends_follow_ups", "follow_up_hour")
    sends_reminders = BooleanField(_l("Remind customers the day before"))
    reminder_hour = SelectField(_l("The reminder goes at"), choices=_HOURS, validate_choice=False)
    sends_follow_ups = BooleanField(_l("Write to customers the day after"))
    follow_up_hour = SelectField(_l("The mail of the day after goes at"), choices=_HOURS, validate_choice=False)


class TextsForm(CheckedForm[TextsOrder]):
    """The words of one kind of message in one language."""

    checks = TextsOrder
    size = ""
    read = HiddenField()
    subject = StringField(_l("Subject of the mail"), render_kw={"maxlength": 200})
    body = TextAreaField(_l("What the mail says"), render_kw={"maxlength": 4_000})
    text = TextAreaField(_l("Text message"), render_kw={"maxlength": 600})

    def words(self, order: TextsOrder, editable: Editable, language: str) -> Words:
        """What is the owner's own: where a part says what is built in, nothing."""
        usual = built_in(editable, language)
        found = order.model_dump(include=set(PARTS))
        return {part: "" if said == usual[part] else said for part, said in found.items()}


@bp.get(f"{PAGE}/messages")
@needs(Can.CHANGE_SETTINGS)
def messages() -> Response:
    """When messages go by themselves; all that may be written anew, and in which languages that was done."""
    return _listed(TimesForm.of(firm.present()))


@bp.post(f"{PAGE}/messages/times")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def save_times() -> Response:
    """Take over when reminders and mails of the day after go; where somebody was faster, 409 with both versions."""
    form = TimesForm()
    order = form.checked()
    if order is None:
        return _listed(form, status=422)
    try:
        times.set_times(order)
    except firm.Stale:
        return _listed(form, status=409, differences=form.beside(firm.present()))
    toast(_("Saved. What is planned already follows."))
    return go(url_for(".messages"))


@bp.get(_AT)
@needs(Can.CHANGE_SETTINGS)
def words(message: str, language: str) -> Response:
    """The words of one kind in one language: the owner's, or the built-in ones to begin with."""
    editable = _editable(message)
    own = own_texts.own_words(message, language)
    form = TextsForm(formdata=None, data={**built_in(editable, language), **own})
    form.read.data = firm.stamp(own)
    return _shown(editable, language, form, own)


@bp.post(_AT)
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def save_message(message: str, language: str) -> Response:
    """Take the words over; where somebody else was faster, 409 with both versions beside each other."""
    editable, form = _editable(message), TextsForm()
    order, own = form.checked(), own_texts.own_words(message, language)
    if order is None:
        return _shown(editable, language, form, own, status=422)
    try:
        texts.write(editable, language, form.words(order, editable, language), read=order.read or None)
    except firm.Stale:
        now = {**built_in(editable, language), **own}
        beside = [(str(form[part].label.text), now[part], form[part].data) for part in PARTS]
        form.read.data = firm.stamp(own)
        differences = [line for line in beside if line[1] != line[2]]
        return _shown(editable, language, form, own, status=409, differences=differences)
    except Invalid as refusal:
        form.blame(refusal)
        return _shown(editable, language, form, own, status=422)
    toast(_("Saved. The next message says it so."))
    return go(url_for(".words", message=message, language=language))


@bp.post(f"{_AT}/back")
@needs(Can.CHANGE_SETTINGS)
def built_in_again(message: str, language: str) -> Response:
    """Say it in the built-in words again; what stood there stays in the audit log."""
    texts.write(_editable(message), language, {})
    toast(_("The built-in words are back."))
    return go(url_for(".words", message=message, language=language))


@bp.route(f"{_AT}/sample", methods=["GET", "POST"])
@needs(Can.CHANGE_SETTINGS)
def sample(message: str, language: str) -> Response:
    """The message to a customer whom nobody knows, in a frame: as it is, or as it was typed just now."""
    editable = _editable(message)
    own = own_texts.own_words(message, language)
    if request.method == "POST":
        own = {part: said for part in PARTS if (said := request.form.get(part, "").strip()[:4_000])}
        usual = built_in(editable, language)
        own = {part: said for part, said in own.items() if said.replace("\r\n", "\n") != usual[part]}
    faults = [strange for said in own.values() for strange in own_texts.strange_places(said, editable)]
    g.business = firm.present()
    with speaking(language):
        facts = editable.sample()
        email = EmailLog(kind=message, language=language, to_name="Karin Berg", to_address="karin@example.com")
        _subject, _text, html = letters.rendered(email, g.business, Letter(facts), own)
        said = own.get(TEXT) or editable.suggested()[TEXT]
        text = own_texts.filled(said, editable.values(facts, g.business))
    if faults or request.values.get("as") == "text":
        words = {"faults": faults, "language": language, "text": text, "parts": segments.measured(text)}
        html = render_template("emails/own/sample.html", **words)
    answer = make_response(html)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return framed(answer)


def built_in(editable: Editable, language: str) -> Words:
    """The words that stand where the owner wrote none, with names in braces."""
    with speaking(language):
        return editable.suggested()


def _editable(kind: str) -> Editable:
    found = own_texts.kind_of(kind)
    if found is None:
        raise NotFound()
    return found


def _listed(form: TimesForm, *, status: int = 200, **more: Any) -> Response:
    own = firm.present()
    goes = {
        "booking_reminder": own.reminder_hour if own.sends_reminders else None,
        "booking_follow_up": own.follow_up_hour if own.sends_follow_ups else None,
    }
    shown = {"kinds": own_texts.kinds(), "written": own_texts.written(), "languages": LANGUAGES, "goes": goes}
    return render("settings/messages.html", status=status, form=form, own=own, **shown, **more)


def _shown(
    editable: Editable, language: str, form: TextsForm, own: Words, *, status: int = 200, **more: Any
) -> Response:
    parts = {SUBJECT: form.subject, BODY: form.body, TEXT: form.text}
    words = {"editable": editable, "language": language, "form": form, "own": own, "parts": parts}
    return render("settings/message.html", status=status, languages=LANGUAGES, **words, **more)
