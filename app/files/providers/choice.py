"""Where files lie, by the settings."""

from functools import cache

from app.files.providers.contract import FilePlace
from app.files.providers.local import LocalFolder
from app.kernel.answers import ProviderError
from app.kernel.config import settings


def file_place() -> FilePlace:
    """The bucket of STORAGE_TYPE=s3, else the folder; in a dry run the folder, for nothing leaves the machine."""
    chosen = settings()
    if chosen.storage_type == "s3" and not chosen.is_dry:
        if not chosen.aws_access_key_id:
            raise ProviderError("AWS_ACCESS_KEY_ID is missing.", code="no_key", retry=False)
        return _bucket(
            chosen.s3_bucket, chosen.s3_region, chosen.s3_endpoint_url, chosen.aws_access_key_id,
            chosen.aws_secret_access_key,
        )  # fmt: skip
    return LocalFolder(chosen.upload_path)


@cache
def _bucket(bucket: str, region: str, endpoint: str, key_id: str, secret: str) -> FilePlace:
    # Only who keeps files there loads what signs for it.
    from app.files.providers.s3 import S3Bucket  # noqa: PLC0415

    return S3Bucket(bucket, region, endpoint, key_id, secret)
