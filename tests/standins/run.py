"""All stand-ins in a process of their own: `python -m tests.standins.run [--port 4700]`.

Prints one line of JSON, the settings to start Kontor with, and serves until it is told to stop. Another process steers
them over HTTP: `GET <origin>/__control` tells what came in, `POST <origin>/__control/misbehave` with `{"kind": "500",
"times": 3}` scripts trouble, `/__control/event` with `{"kind": "email.bounced", "email_id": "…"}` sends a webhook,
`/__control/set` changes settings (`webhook_url`, `autoplay`, …), `/__control/reset` forgets everything.
"""

import argparse
import json
import signal
import sys
import threading

from tests.standins.openai import OpenAIStandIn
from tests.standins.pexels import PexelsStandIn
from tests.standins.resend import ResendStandIn
from tests.standins.smtp import SmtpStandIn


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Stand-ins for Resend, OpenAI, Pexels and a mail server.")
    parser.add_argument("--port", type=int, default=0, help="the first of four ports; any free ones without it")
    parser.add_argument("--webhook-url", default="", help="where Resend's news go, …/webhooks/resend")
    parser.add_argument("--autoplay", action="store_true", help="tell by itself that mails were sent and delivered")
    parser.add_argument("--rate", type=int, default=1000, help="mails a second that Resend allows")
    chosen = parser.parse_args(arguments)
    first = chosen.port
    resend = ResendStandIn(first, rate=chosen.rate)
    resend.webhook_url, resend.autoplay = chosen.webhook_url, chosen.autoplay
    openai = OpenAIStandIn(first and first + 1)
    pexels = PexelsStandIn(first and first + 2)
    smtp = SmtpStandIn(first and first + 3)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with resend, openai, pexels, smtp:
        print(json.dumps(settings(resend, openai, pexels, smtp)), flush=True)
        told.wait()
    return 0


def settings(
    resend: ResendStandIn, openai: OpenAIStandIn, pexels: PexelsStandIn, smtp: SmtpStandIn | None = None
) -> dict[str, str]:
    """The environment that leads Kontor to these stand-ins; the mail server stands by under `standin_smtp_url`."""
    found = {
        "RESEND_API_KEY": "re_standin",
        "RESEND_BASE_URL": resend.url,
        "RESEND_WEBHOOK_SECRET": resend.webhook_secret,
        "OPENAI_API_KEY": "sk-standin",
        "OPENAI_BASE_URL": openai.url,
        "PEXELS_API_KEY": "px-standin",
        "PEXELS_BASE_URL": pexels.url,
    }
    return found | ({"standin_smtp_url": smtp.url} if smtp else {})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
