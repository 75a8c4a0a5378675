"""Photos from Pexels: searched by town alone, fetched by us, so that readers load nothing from elsewhere."""

from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from app.ai.towns import known_town
from app.kernel import clock
from app.kernel.http import Answer, Limits, Outside, ProviderError, Rate, refusal
from app.messaging.pictures.contract import Picture

PROVIDER_URL = "https://www.pexels.com"
_API_HOST, _PICTURE_ORIGIN = "api.pexels.com", "https://images.pexels.com"
_RATE = Rate(200, 3600)
_LONGEST_PAUSE = 3600.0


class _Sources(BaseModel):
    large: str = ""
    medium: str = ""


class _Photo(BaseModel):
    url: str = ""
    photographer: str = ""
    alt: str | None = None
    src: _Sources


class _Search(BaseModel):
    photos: list[_Photo] = Field(max_length=80)


class Pexels:
    """`GET /search`, then the picture itself from Pexels' own picture host and no other."""

    name = "pexels"

    def __init__(self, base_url: str, api_key: str, *, limits: Limits | None = None, gated: bool = True) -> None:
        self._gated, self._limits = gated, limits
        self._picture_origin = _picture_origin(base_url)
        self.http = Outside(
            "Pexels",
            base_url,
            headers={"Authorization": api_key},
            rate=_RATE,
            limits=limits,
            explain=_explained,
            gated=gated,
        )

    def find(self, town: str) -> Picture | None:
        """See `PictureProvider.find`; only the town's name leaves the house."""
        known = known_town(town)
        name = (known.english or known.name) if known else town
        query = {"query": name, "orientation": "landscape", "size": "medium", "per_page": 5}
        photos = self.http.get("/search", params=query, expect=_Search).expect(_Search).photos
        if not photos:
            return None
        photo = photos[0]
        content = self._fetch(photo.src.large or photo.src.medium)
        return Picture(
            content=content,
            content_type=picture_type(content),
            alt=_tidy(photo.alt or "", 200) or name,
            credit=_tidy(photo.photographer, 100) or "Pexels",
            credit_url=photo.url if _is_pexels_page(photo.url) else PROVIDER_URL,
            provider="Pexels",
            provider_url=PROVIDER_URL,
        )

    def _fetch(self, address: str) -> bytes:
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self._picture_origin:
            raise ProviderError("The photo lies elsewhere.", code="elsewhere", retry=False, answered=True)
        pictures = Outside(
            "Pexels pictures",
            self._picture_origin,
            headers={"Accept": "image/jpeg, image/png"},
            rate=Rate(20, 1),
            limits=self._limits,
            gated=self._gated,
        )
        answer = pictures.get(address)
        if not picture_type(answer.content):
            raise ProviderError("What came was no picture.", code="no_picture", retry=False, answered=True)
        return answer.content


def picture_type(content: bytes) -> str:
    """`image/jpeg` or `image/png` by the first bytes, whatever anybody says; empty for everything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if content.startswith(b"\x89PNG\r\n\x1a\n") else ""


def _picture_origin(base_url: str) -> str:
    parts = urlsplit(base_url)
    # A stand-in serves its pictures itself; the real one has a host for them.
    return _PICTURE_ORIGIN if parts.hostname == _API_HOST else f"{parts.scheme}://{parts.netloc}"


def _is_pexels_page(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc in ("www.pexels.com", "pexels.com")


def _tidy(text: str, longest: int) -> str:
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())[:longest]


def _explained(answer: Answer) -> ProviderError | None:
    if answer.status != 429:
        return None
    error = refusal(answer)
    if error.retry_after is None:
        error.retry_after = _until_reset(answer.headers.get("x-ratelimit-reset", ""))
    return error


def _until_reset(value: str) -> float:
    left = float(value) - clock.now().timestamp() if value.isdigit() else _LONGEST_PAUSE
    return min(max(left, 1.0), _LONGEST_PAUSE)
