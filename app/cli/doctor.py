"""`kontor doctor`: looks at everything that the program stands on, and says what to mend."""

import json
import sys
from collections.abc import Iterator

import click
from flask.cli import ScriptInfo

from app.cli import inside, outside
from app.cli.findings import Finding, How, bad
from app.cli.output import logs_beside_the_result
from app.kernel.config import BadSettings, load

_COLOURS = {How.OK: "green", How.OFF: "bright_black", How.LOCAL: "cyan", How.WARN: "yellow", How.BAD: "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings for scripts.")
@click.pass_context
def doctor(context: click.Context, *, as_json: bool) -> None:
    """Look at settings, database, queue, workers and providers; exit code 1 when something must be mended."""
    findings = list(_examine(context.ensure_object(ScriptInfo)))
    is_well = not any(finding.how is How.BAD for finding in findings)
    if as_json:
        click.echo(
            json.dumps({"ok": is_well, "findings": [finding.as_json() for finding in findings]}, ensure_ascii=False)
        )
    else:
        for finding in findings:
            click.echo(_in_line(finding))
        click.echo("Nothing must be mended." if is_well else "Mend what is marked bad, then ask again.")
    sys.exit(0 if is_well else 1)


def _examine(script: ScriptInfo) -> Iterator[Finding]:
    """Every finding, in the order in which to mend things; with wrong settings there is nothing more to look at."""
    try:
        load()
    except BadSettings as faults:
        for line in faults.lines:
            yield bad("settings", line, "Set it in the environment or in .env; .env.example explains each.")
        return
    app = script.load_app()
    logs_beside_the_result()
    with app.app_context():
        yield from outside.mode()
        yield from inside.database()
        yield inside.redis()
        yield inside.storage()
        yield inside.front_end()
        yield inside.time_zones()
        yield from outside.mail()
        yield outside.sms()
        yield from outside.texts_and_photos()
        yield from outside.crm()
        yield from outside.later()
        yield from outside.watching()


def _in_line(finding: Finding) -> str:
    how = click.style(f"{finding.how.value:6}", fg=_COLOURS[finding.how])
    return f"{how} {finding.part:13} {finding.words}" + (f" → {finding.mend}" if finding.mend else "")
