"""What Amazon's client reads in a bucket: read_bucket.py ENDPOINT ID SECRET BUCKET PREFIX [LINK].

Prints JSON: the SHA-256 of every object under the prefix, the number of uploads under way, and what a link answers to somebody
without keys.
"""

import hashlib
import json
import sys
import urllib.request

import boto3


def main() -> None:
    endpoint, key_id, secret, bucket, prefix, *link = sys.argv[1:]
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key_id, aws_secret_access_key=secret
    )
    objects = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/"):
        for item in page.get("Contents", []):
            try:
                body = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            except client.exceptions.NoSuchKey:  # deleted after it was listed
                continue
            objects[item["Key"][len(prefix) + 1 :]] = hashlib.sha256(body).hexdigest()
    uploads = client.list_multipart_uploads(Bucket=bucket, Prefix=prefix + "/").get("Uploads", [])
    found = {"objects": objects, "uploads": len(uploads)}
    if link:
        with urllib.request.urlopen(link[0], timeout=60) as answer:
            found["link"] = {
                "sha256": hashlib.sha256(answer.read()).hexdigest(),
                "type": answer.headers["Content-Type"],
                "disposition": answer.headers["Content-Disposition"],
            }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
