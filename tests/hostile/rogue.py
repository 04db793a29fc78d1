"""A worker that does all that a worker must not do, by the name of the file: it shows that `child` notices."""

import json
import os
import sys
import time
from pathlib import Path


def main() -> None:
    """Misbehave until standard input ends."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name = Path(json.loads(line)["path"]).stem
        if name == "crash":
            os.abort()
        if name == "exit":
            os._exit(3)
        if name == "hang":
            time.sleep(60)
        if name == "noise":
            print("a library says something", file=sys.stderr, flush=True)
        print(json.dumps({"outcome": "colored"}), flush=True)


if __name__ == "__main__":
    main()
