"""A store that speaks as S3, as far as one object at a time: it checks that each address is signed, whole and fresh."""

import hashlib
import hmac
from typing import Any
from urllib.parse import quote

from tests.standins.server import Call, Reply, StandIn

KEY_ID, SECRET, REGION, BUCKET = "AKIATEST", "a-secret-of-the-tests", "eu-north-1", "kontor"


def _signed(key: bytes, words: str) -> bytes:
    return hmac.new(key, words.encode(), hashlib.sha256).digest()


class S3(StandIn):
    """Objects of one bucket, in memory."""

    name = "s3"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.objects: dict[str, bytes] = {}

    def respond(self, call: Call) -> Reply:
        """Put, get and delete, for who can sign."""
        if not self._is_signed(call):
            return Reply(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", content_type="application/xml")
        bucket, _slash, name = call.path.removeprefix("/").partition("/")
        if bucket != BUCKET:
            return Reply(404, b"<Error><Code>NoSuchBucket</Code></Error>", content_type="application/xml")
        if call.method == "PUT":
            self.objects[name] = call.body
            return Reply(200, b"", content_type="application/xml")
        if call.method == "DELETE":
            self.objects.pop(name, None)
            return Reply(204, b"", content_type="application/xml")
        if name not in self.objects:
            return Reply(404, b"<Error><Code>NoSuchKey</Code></Error>", content_type="application/xml")
        return Reply(200, self.objects[name], content_type="application/octet-stream")

    def error(self, status: int, _retry_after: str = "") -> Reply:
        """A failure in the vendor's words."""
        return Reply(status, b"<Error><Code>InternalError</Code></Error>", content_type="application/xml")

    def state(self, query: Any) -> dict[str, Any]:
        """What lies there."""
        return super().state(query) | {"names": sorted(self.objects)}

    def _is_signed(self, call: Call) -> bool:
        query = dict(call.query)
        given = query.pop("X-Amz-Signature", "")
        day = query.get("X-Amz-Date", "")[:8]
        scope = f"{day}/{REGION}/s3/aws4_request"
        if query.get("X-Amz-Credential") != f"{KEY_ID}/{scope}" or query.get("X-Amz-SignedHeaders") != "host":
            return False
        plain = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items())
        )
        asked = f"{call.method}\n{call.path}\n{plain}\nhost:{call.headers['host']}\n\nhost\nUNSIGNED-PAYLOAD"
        words = f"AWS4-HMAC-SHA256\n{query['X-Amz-Date']}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
        key = f"AWS4{SECRET}".encode()
        for part in (day, REGION, "s3", "aws4_request"):
            key = _signed(key, part)
        return hmac.compare_digest(hmac.new(key, words.encode(), hashlib.sha256).hexdigest(), given)
