"""A store that speaks as S3. obstore signs the addresses; what is called goes out as everything else does."""

from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

import obstore
from obstore.store import S3Store

from app.kernel.answers import ProviderError
from app.kernel.http import Limits, Outside

#: For how long a signed address opens anything; it never leaves the program.
SIGNED_FOR = timedelta(minutes=5)
_LIMITS = Limits(size=64 * 1024 * 1024)


class S3Bucket:
    """Files of one bucket."""

    def __init__(self, bucket: str, region: str, endpoint: str, key_id: str, secret: str) -> None:
        self._store = S3Store(
            bucket,
            endpoint=endpoint or None,
            region=region or "us-east-1",
            access_key_id=key_id,
            secret_access_key=secret,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
        )
        place = urlsplit(self._signed("GET", "probe"))
        self._outside = Outside("The file store", f"{place.scheme}://{place.netloc}", limits=_LIMITS)

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Keep it; once this returns, it stays."""
        headers = {"Content-Type": content_type}
        self._outside.call("PUT", self._signed("PUT", name), content=content, headers=headers)

    def get(self, name: str) -> bytes | None:
        """The bytes; None where there are none of that name."""
        try:
            return self._outside.get(self._signed("GET", name), headers={"Accept": "*/*"}).content
        except ProviderError as error:
            if error.status == 404:
                return None
            raise

    def drop(self, name: str) -> None:
        """Take it away; asked twice, it stays away."""
        try:
            self._outside.delete(self._signed("DELETE", name))
        except ProviderError as error:
            if error.status != 404:
                raise

    def _signed(self, method: Literal["GET", "PUT", "DELETE"], name: str) -> str:
        return obstore.sign(self._store, method, name, SIGNED_FOR)
