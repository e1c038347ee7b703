# Fetches the newest or the previous wheel and sdist of projects, one after the other, without building anything.
#
# Reads lines "NAME KIND AGE" from standard input, KIND being "wheel" or "sdist", AGE "newest" or "previous" (the
# release before, final and not withdrawn), and writes files to
# FOLDER/wheels and FOLDER/sdists. Prints one line for each request: the file's name, or "-" and why not.
import hashlib
import json
import os
import sys
import time
import urllib.request

from pip._vendor.packaging import tags, utils

INDEX = "https://pypi.org/simple/"
JSON = "application/vnd.pypi.simple.v1+json"
LARGEST = 300 << 20
PAUSE = 0.2

SUPPORTED = {str(tag): rank for rank, tag in enumerate(tags.sys_tags())}


def get(address, accept, largest):
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=120) as answer:
        body = answer.read(largest + 1)
    if len(body) > largest:
        raise ValueError("larger than %d bytes" % largest)
    time.sleep(PAUSE)
    return body


def rank(file, kind):
    """Sorts the files of one kind, the best last; `None`: another kind, or unusable."""
    name = file["filename"]
    try:
        if kind == "sdist":
            version = utils.parse_sdist_filename(name)[1]
            fit = 0
        else:
            _, version, _, offered = utils.parse_wheel_filename(name)
            ranks = [SUPPORTED[str(tag)] for tag in offered if str(tag) in SUPPORTED]
            fit = -min(ranks, default=len(SUPPORTED))
    except ValueError:  # of all that packaging raises for names and versions of old
        return None
    return not file.get("yanked"), not version.is_prerelease, version, fit


def before(ranked):
    """What is left without the newest release and those that nobody is offered."""
    newest = max(ranked)[0][2]
    return [entry for entry in ranked if entry[0][2] < newest and all(entry[0][:2])]


def fetch(name, kind, age, folder):
    page = json.loads(get(INDEX + name + "/", JSON, 64 << 20))
    ranked = [(rank(file, kind), place) for place, file in enumerate(page["files"])]
    ranked = [entry for entry in ranked if entry[0] is not None]
    if ranked and age == "previous":
        ranked = before(ranked)
    if not ranked:
        return "- no such file"
    file = page["files"][max(ranked)[1]]
    expected = file["hashes"].get("sha256")
    body = get(file["url"], "*/*", LARGEST)
    if hashlib.sha256(body).hexdigest() != expected:
        return "- digest differs"
    filename = os.path.basename(file["filename"])
    target = os.path.join(folder, kind + "s", filename)
    with open(target + ".part", "wb") as out:
        out.write(body)
    os.replace(target + ".part", target)
    return filename


def main(folder):
    for kind in ("wheels", "sdists"):
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
    for line in sys.stdin:
        name, kind, age = line.split()
        try:
            print(fetch(utils.canonicalize_name(name), kind, age, folder), flush=True)
        except (OSError, ValueError, KeyError) as error:
            print("- %s" % " ".join(str(error).split()), flush=True)


main(sys.argv[1])
