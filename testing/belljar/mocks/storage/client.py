"""`Storage`: what the fixture `storage` gives a test: addresses, credentials, clients and a look inside.

storage = Storage(server.url, "a-namespace")
bucket = storage.bucket()
storage.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self

from belljar.mocks.client import MockClient
from belljar.mocks.stable import stable
from belljar.mocks.storage.errors import BadStorageSetting
from belljar.mocks.storage.keys import SECRET_KEY

__all__ = ["Credentials", "Storage"]

REGION = "us-east-1"
# A session makes one client after the other.
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Credentials:
    """What a client signs with; `environment` is the same for a process."""

    access_key: str
    secret_key: str
    region: str = REGION

    @property
    def environment(self) -> dict[str, str]:
        """The variables that boto3 and the AWS tools read."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
        }


class Storage(MockClient):
    """One namespace of a storage mock; the access key id names it."""

    boundaries: ClassVar[Mapping[str, str]] = {"storage": "storage"}
    credential: ClassVar[str] = "access_key"

    def __init__(
        self,
        base_url: str,
        namespace: str = "default",
        *,
        secret_key: str = SECRET_KEY,
        region: str = REGION,
    ) -> None:
        super().__init__(base_url, namespace)
        self.endpoint_url = self.url
        self.credentials = Credentials(namespace, secret_key, region)
        self._buckets = itertools.count(1)
        self._clients: dict[str, Any] = {}

    @classmethod
    def of_service(cls, url: str, exports: Mapping[str, str]) -> Self:
        """The buckets of the access key that a service exports, with its secret."""
        return cls(
            url,
            cls.namespace_in(exports.get(cls.credential, "")),
            secret_key=exports.get("secret_key", SECRET_KEY),
            region=exports.get("region", REGION),
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables that bring boto3 of another process here."""
        return {**self.credentials.environment, "AWS_ENDPOINT_URL_S3": self.endpoint_url}

    def options(self, **more: Any) -> dict[str, Any]:
        """The arguments for a boto3 client or resource of your own."""
        from botocore.config import Config  # type: ignore[import-untyped]  # it has no types

        told = Config(
            retries={"max_attempts": 3, "mode": "standard"}, connect_timeout=5, read_timeout=10
        )
        config = more.pop("config", None)
        return {
            "endpoint_url": self.endpoint_url,
            "aws_access_key_id": self.credentials.access_key,
            "aws_secret_access_key": self.credentials.secret_key,
            "region_name": self.credentials.region,
            "config": told.merge(config) if config is not None else told,
            **more,
        }

    def client(self, service: str = "s3", **more: Any) -> Any:
        """Return a boto3 client, the same one as long as nothing more is asked for."""
        self._only_s3(service)
        if not more and service in self._clients:
            return self._clients[service]
        with _LOCK:
            made = _session().client(service, **self.options(**more))
        return made if more else self._clients.setdefault(service, made)

    def resource(self, service: str = "s3", **more: Any) -> Any:
        """Return a boto3 resource."""
        self._only_s3(service)
        with _LOCK:
            return _session().resource(service, **self.options(**more))

    def bucket(self, name: str = "", *, versioning: bool = False) -> str:
        """Make a bucket and return its name, a new one where none is given."""
        name = name or f"bucket-{next(self._buckets)}"
        self.client().create_bucket(Bucket=name)
        if versioning:
            self.client().put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": "Enabled"}
            )
        return name

    @property
    def objects(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Bucket -> key -> size, etag, content_type, metadata, tags: no request of S3's is made."""
        shown = self.call("GET", "objects")["buckets"]
        return {bucket: {one["key"]: one for one in found} for bucket, found in shown.items()}

    def effects(self) -> Counter[str]:
        """The objects that there are, by their keys without ids: `object receipts/*.txt`."""
        return Counter(f"object {stable(key)}" for found in self.objects.values() for key in found)

    def advance(self, seconds: float) -> None:
        """Put the namespace's clock ahead: presigned URLs expire without anyone waiting."""
        self.call("PUT", "clock", {"offset_s": seconds})

    def close(self) -> None:
        """Close the connections of the clients."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _only_s3(self, service: str) -> None:
        if service != "s3":
            raise BadStorageSetting(
                f"the storage mock speaks S3, and {service!r} was asked for\n"
                '  fix: use client("s3"), or a mock of that service'
            )


@cache
def _session() -> Any:
    """Return the session for all: it has read S3's description, which takes long.

    It knows nothing of the machine's AWS configuration; credentials are given to each client.
    """
    import boto3  # type: ignore[import-untyped]  # it has no types
    from botocore.session import Session  # type: ignore[import-untyped]  # likewise

    session = Session()
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return boto3.session.Session(botocore_session=session, region_name=REGION)
