"""Reading the body of an answer in bounded time.

The timeout of requests bounds the pause between two pieces of a body, not the body: a service
that trickles would hold a run for ever. Used in response hooks, which may replace an answer.
"""

from __future__ import annotations

import io
import time

import requests
import urllib3

_PIECE = 64 * 1024


def read_in_time(response: requests.Response, seconds: float) -> requests.Response:
    """The answer with its body in memory.

    Raises requests.ReadTimeout where the body takes longer than `seconds`, and
    requests.ConnectionError where it is cut or cannot be decoded.
    """
    end = time.monotonic() + seconds
    body = io.BytesIO()
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            body.write(piece)
            if time.monotonic() > end:
                raise requests.ReadTimeout(
                    f"the body took longer than {seconds:g} s", request=response.request
                )
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.ReadTimeout(error, request=response.request) from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error, request=response.request) from error
    finally:
        response.close()
    whole = requests.Response()
    whole.status_code, whole.reason = response.status_code, response.reason
    whole.headers, whole.encoding = response.headers, response.encoding
    whole.url, whole.request = response.url, response.request
    whole.raw = io.BytesIO(body.getvalue())
    return whole
