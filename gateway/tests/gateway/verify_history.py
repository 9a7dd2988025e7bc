"""Checks the history of an approval, as REST answers it on standard input, by the rules of ApprovalEntry in
approval.proto. Prints the number of the first entry that does not follow, or nothing."""

import hashlib
import json
import sys

previous = {"hash": "", "approvalId": None}
for place, entry in enumerate(json.load(sys.stdin)["history"], start=1):
    claimed = entry.pop("hash")
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    follows = (
        entry["number"] == place
        and entry["previousHash"] == previous["hash"]
        and entry["approvalId"] == (previous["approvalId"] or entry["approvalId"])
    )
    if not follows or hashlib.sha256(text.encode()).hexdigest() != claimed:
        print(place)
        break
    previous = {"hash": claimed, "approvalId": entry["approvalId"]}
