"""Where the bytes lie: a folder, or a store that speaks as S3."""
