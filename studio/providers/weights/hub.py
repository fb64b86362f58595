"""Weight files from the model hub over HTTP, continuing where an earlier attempt stopped.

Knows nothing of checksums or of other places. HF_ENDPOINT, HF_HUB_OFFLINE and the proxy variables are honoured.
"""

import os
from typing import Self

import httpx
from huggingface_hub import constants, hf_hub_url

from studio.providers.weights.manifest import HubFile
from studio.providers.weights.partial import PartialFile, PlaceError

_TIMEOUTS = httpx.Timeout(30.0, connect=3.0)  # seconds; a hub that cannot be reached must not hold up set-up
_FRUITLESS_ATTEMPTS = 3


class Hub:
    """One session with the hub; once it proved unreachable it is not asked again."""

    def __init__(self) -> None:
        self._client = httpx.Client(follow_redirects=True, timeout=_TIMEOUTS, headers={"Accept-Encoding": "identity"})
        self._unreachable = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def copy(self, place: HubFile, partial: PartialFile) -> None:
        """Appends what is missing of `partial`; PlaceError where the hub cannot give it."""
        endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
        url = hf_hub_url(place.repository, place.path, revision=place.revision, endpoint=endpoint)
        fruitless = 0
        while partial.size < partial.file.size:
            if self._unreachable:
                raise PlaceError(f"is unreachable ({self._unreachable})")
            before = partial.size
            try:
                self._receive(url, partial)
                return
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
                self._unreachable = str(error) or type(error).__name__
            except httpx.InvalidURL as error:
                self._unreachable = f"HF_ENDPOINT: {error}"
            except httpx.RequestError as error:
                fruitless = 0 if partial.size > before else fruitless + 1
                if fruitless == _FRUITLESS_ATTEMPTS:
                    raise PlaceError(f"broke off {fruitless} times ({error})") from error

    def _receive(self, url: str, partial: PartialFile) -> None:
        headers = {"Range": f"bytes={partial.size}-"} if partial.size else {}
        with self._client.stream("GET", url, headers=headers) as response:
            if response.is_error and response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise PlaceError(f"answered {response.status_code} for {partial.file.path}")
            continues = response.headers.get("Content-Range", "").startswith(f"bytes {partial.size}-")
            if partial.size and not continues:
                partial.restart()
            if response.is_error:
                raise PlaceError(f"refused to continue {partial.file.path}; try again")
            offered = int(response.headers.get("Content-Length", partial.file.size - partial.size))
            if offered != partial.file.size - partial.size:  # a proxy's page of excuses, or another file
                raise PlaceError(f"offers {offered} bytes for {partial.file.path}, which has {partial.file.size}")
            for chunk in response.iter_raw():  # a chunk size would hold back bytes, which a cut then loses
                partial.append(chunk)
