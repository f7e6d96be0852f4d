"""Random requests and what botocore signs them with, as JSON: signing_cases.py SEED COUNT."""

import datetime
import json
import random
import sys
from unittest import mock
from urllib.parse import parse_qsl, quote, urlsplit

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

# Characters that are often encoded in a wrong way, and others.
ALPHABET = "abcXYZ019-._~ +%/=&?#$@!'()*,:;é漢\u00a0"


def text(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, most)))


def case(chance: random.Random) -> dict:
    key = text(chance, 30).strip("/")
    credentials = Credentials(
        text(chance, 12), text(chance, 40), chance.choice([None, quote(text(chance, 30), safe="+/=")])
    )
    region = chance.choice(["us-east-1", "eu-central-1", "auto"])
    host = chance.choice(["bucket.s3.eu-central-1.amazonaws.com", "127.0.0.1:9000", "blobs.example.com"])
    now = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=chance.randint(0, 10**8))
    query = [[name, text(chance, 12)] for name in chance.sample(["uploadId", "partNumber", "prefix", "list-type", "a"], chance.randint(0, 3))]
    path = "/" + quote(key, safe="/-_.~")
    url = f"http://{host}{path}"
    if query:
        url += "?" + "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)
    presigns = chance.random() < 0.5
    method = "GET" if presigns else chance.choice(["GET", "PUT", "POST", "HEAD", "DELETE"])
    body = bytes(chance.randbytes(chance.randint(0, 200))) if method in ("PUT", "POST") else b""
    headers = {}
    if not presigns:
        for name in chance.sample(["Content-MD5", "If-None-Match", "x-amz-meta-upload", "Range"], chance.randint(0, 4)):
            headers[name] = f"a  {chance.randint(0, 99)} b"
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    seconds = chance.randint(1, 604800)
    with mock.patch.object(auth, "get_current_datetime", return_value=now):
        signer = (
            auth.S3SigV4QueryAuth(credentials, "s3", region, expires=seconds)
            if presigns
            else auth.S3SigV4Auth(credentials, "s3", region)
        )
        request.context["payload_signing_enabled"] = True
        signer.add_auth(request)
    if presigns:
        signature = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))["X-Amz-Signature"]
    else:
        signature = request.headers["Authorization"].rsplit("Signature=", 1)[1]
    return {
        "method": method,
        "host": host,
        "path": path,
        "query": query,
        "headers": [[name, value] for name, value in headers.items()],
        "body": body.hex(),
        "id": credentials.access_key,
        "secret": credentials.secret_key,
        "token": credentials.token,
        "region": region,
        "seconds": seconds if presigns else None,
        "now": int((now - datetime.datetime(1970, 1, 1)).total_seconds()),
        "signature": signature,
    }


def main() -> None:
    chance = random.Random(int(sys.argv[1]))
    json.dump([case(chance) for _ in range(int(sys.argv[2]))], sys.stdout)


if __name__ == "__main__":
    main()
