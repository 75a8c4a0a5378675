"""One business sends 10,000 mails; a customer of another one has their confirmation in time all the same.

The rule is a minute. Resend takes five mails a second before it has said otherwise, so a minute is 300 mails: that is
what is counted here, at a pace at which nobody needs to wait for a minute.
"""

from tests.faults.mails import queue_mails
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend

MAILS = 10_000
MINUTE = 300


def make_noise(deployment: Deployment, resend: SlowResend, mails: int, without: str = "") -> None:
    """Come back when the first of so many mails have gone out."""
    resend.rate = 60
    queue_mails(deployment.database_url, mails, "noisy")
    deployment.start_worker(without=without)
    wait_for(lambda: resend.count >= 100, "noise on its way")


def test_ten_thousand_mails_of_one_delay_nobody_elses(deployment: Deployment, resend: SlowResend) -> None:
    deployment.start_web(WEB_CONCURRENCY="1")
    make_noise(deployment, resend, MAILS)
    assert deployment.browser().book(email="quiet@example.se").status == 201
    before = resend.count
    seconds = wait_for(lambda: "quiet@example.se" in resend.per_address(), "the confirmation")
    assert resend.count - before < MINUTE
    assert seconds < 60
    assert deployment.number("select count(*) from jobs where state = 'queued'") > MAILS / 2, "the noise was over"


def test_first_come_first_served_would_make_them_wait(deployment: Deployment, resend: SlowResend) -> None:
    make_noise(deployment, resend, 1_000, without="fair turns")
    [quiet] = queue_mails(deployment.database_url, 1, "majorna", minutes=0)
    before = resend.count
    wait_for(lambda: resend.count - before > MINUTE, "a minute's worth of noise")
    assert quiet not in resend.per_address()
