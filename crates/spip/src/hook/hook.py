"""The part of spip that runs inside pip: it reports, it waits, and it lets nothing pass unanswered.

Started by boot.py as: CHANNEL PIP_FOLDER BUILD_OF ARGUMENTS...
PIP_FOLDER is empty for the first pip; a pip started by pip must be the same pip.
BUILD_OF names the package whose build requirements this pip installs, or is empty.
Works with Python 3.7 and later. The messages are described in spip-plan's `events` module.
"""

import contextlib
import functools
import importlib
import json
import os
import subprocess
import sys
import threading

# Two more names come from outside: CHANNEL from boot.py, BOOT (the text of boot.py) from the guard.

VERSION_CONTROL = ("git", "hg", "svn", "bzr")
VERSION_QUESTIONS = (["version"], ["--version"])
PROBES = ("rustc", "lsb_release", "keyring", "ldd", "getconf", "uname", "sw_vers")
DESCRIPTION_LIMIT = 4096
PAGE_LIMIT = 64 * 1024 * 1024
IN_MEMORY_LIMIT = 512 * 1024 * 1024


# --- the channel -------------------------------------------------------------------------------


class Channel:
    """JSON lines to the guard and back. Whatever is unexpected here means: refuse."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.lock = threading.RLock()
        self.unread = b""
        self.last_id = 0
        self.refusal = None

    def tell(self, payload=b"", **message):
        """Sends a message that needs no reply."""
        if payload:
            message["payload"] = len(payload)
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self.lock:
            self._write(line)
            self._write(payload)

    def ask(self, **message):
        """Sends a message and waits. Returns the reply if it allows, raises if not."""
        with self.lock, quiet_terminal():
            if self.refusal is not None:
                raise refused(self.refusal)
            self.last_id += 1
            # The process is part of the id: a pip started by pip shares this channel.
            wanted = "%d-%d" % (os.getpid(), self.last_id)
            self.tell(id=wanted, **message)
            reply = self._read_reply(wanted)
        if reply.get("ok") is True:
            return reply
        self.refusal = str(reply.get("why") or "refused by spip")
        raise refused(self.refusal)

    def _read_reply(self, wanted):
        while True:
            try:
                reply = json.loads(self._read_line().decode("utf-8"))
                answered = reply["id"]
            except (ValueError, KeyError, TypeError):
                self.refusal = "the guard gave an answer that makes no sense"
                raise refused(self.refusal)
            if answered == wanted:
                return reply
            # An answer meant for a pip that died while waiting for it is skipped.

    def _read_line(self):
        while b"\n" not in self.unread:
            part = os.read(self.descriptor, 65536)
            if not part or len(self.unread) > 16 * 1024 * 1024:
                self._lost()
            self.unread += part
        line, _, self.unread = self.unread.partition(b"\n")
        return line

    def _write(self, data):
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self.descriptor, view) :]
        except OSError:
            self._lost()

    def _lost(self):
        self.refusal = "the guard is gone"
        raise refused(self.refusal)


def refused(why):
    """The exception that ends this pip; pip prints it as one line."""
    from pip._internal.exceptions import CommandError

    return CommandError("stopped by spip: %s" % why)


@contextlib.contextmanager
def quiet_terminal():
    """Flushes what pip has written and stops its live displays while a person may be asked."""
    stopped = []
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    logging = sys.modules.get("pip._internal.utils.logging")
    for wanted in ({}, {"stderr": True}):
        with contextlib.suppress(Exception):
            console = logging.get_console(**wanted)
            lives = getattr(console, "_live_stack", None) or [getattr(console, "_live", None)]
            for live in list(lives):
                if live is not None:
                    live.stop()
                    stopped.append(live)
    try:
        yield
    finally:
        for live in reversed(stopped):
            with contextlib.suppress(Exception):
                live.start()


# --- what this process knows -------------------------------------------------------------------


class State:
    """What was approved, and what is allowed to run right now."""

    def __init__(self, channel, build_of):
        self.channel = channel
        self.build_of = build_of
        self.guarded = False
        self.command = None
        self.options = None
        self.grants = []  # names of approved requirements whose code may run now
        self.code_ran = False  # package code has run, and may have left processes behind
        self.preparing = []  # requirements that pip fetches and unpacks now
        self.fetching = 0  # approved checkouts that version control is fetching now
        self.pages = {}  # address a page came from -> address that pip asked for
        self.approved_files = {}  # fingerprint -> SHA-256 of what was judged
        self.approved_trees = set()  # source directories
        self.wheel_sources = {}  # URL of a wheel in pip's own cache -> link that it was built from
        self.told_access = None
        self.session = None
        self.asking_keyring = 0
        self.artifact_ids = {}
        self.in_popen = threading.local()
        self.kept = []  # requirements whose identity is used as a key must stay alive

    def building(self):
        """The package whose build requirements are being installed, if any."""
        return self.grants[-1] if self.grants else (self.build_of or None)

    @contextlib.contextmanager
    def grant(self, name):
        self.grants.append(name)
        self.code_ran = True
        try:
            yield
        finally:
            self.grants.pop()


def fingerprint(status):
    """What tells one state of one file from another: device, inode, size, times."""
    return {
        "device": status.st_dev,
        "inode": status.st_ino,
        "size": status.st_size,
        "modified": status.st_mtime_ns,
        "changed": status.st_ctime_ns,
    }


def key(mark):
    return tuple(sorted(mark.items()))


# --- describing requirements -------------------------------------------------------------------


def link_facts(state, link):
    """What an index page or the user said of a file."""
    if link is None:
        return None
    comes_from = getattr(link, "comes_from", None)
    page = comes_from if isinstance(comes_from, str) else getattr(comes_from, "url", None)
    hashes = getattr(link, "_hashes", None)
    if not isinstance(hashes, dict):
        hashes = {}
    hashes = dict(hashes)
    if getattr(link, "hash_name", None) and getattr(link, "hash", None):
        hashes.setdefault(link.hash_name, link.hash)
    return {
        "url": link.url,
        "filename": link.filename,
        # The address that the user configured; a redirect does not make it another index.
        "page": state.pages.get(page),
        "lock": page if page is not None and page not in state.pages else None,
        "hashes": {str(name): str(value) for name, value in hashes.items()},
        "yanked": getattr(link, "yanked_reason", None),
        "vcs": bool(getattr(link, "is_vcs", False)),
    }


def source_of(state, req):
    """The link a requirement really comes from, also when pip uses a wheel that it built before."""
    if req.link is not None and req.link.url in state.wheel_sources:
        return state.wheel_sources[req.link.url]
    return getattr(req, "cached_wheel_source_link", None)


def describe(state, req):
    """Everything the guard is told of one requirement."""
    link = req.link
    cached_from = source_of(state, req)
    path = getattr(req, "local_file_path", None)
    directory = bool(link is not None and link.is_existing_dir())
    if getattr(req, "editable", False):
        kind = "checkout" if link is not None and link.is_vcs else "directory"
    elif link is None:
        kind = "unknown"
    elif link.is_vcs:
        kind = "checkout"
    elif directory:
        kind = "directory"
    else:
        kind = "wheel" if link.is_wheel else "sdist"
    if kind in ("checkout", "directory"):
        path = req.source_dir or (link.file_path if directory else None)
    parent = getattr(req, "comes_from", None)
    mark = None
    if kind in ("wheel", "sdist") and path:
        mark = fingerprint(os.stat(path))
    name = getattr(req, "name", None)
    artifact = {
        "artifact": artifact_id(state, req),
        "kind": kind,
        "name": name,
        "path": os.path.abspath(path) if path else None,
        "fingerprint": mark,
        "editable": bool(getattr(req, "editable", False)),
        "link": link_facts(state, link),
        "built_from": link_facts(state, cached_from),
        "required": {
            str(algorithm): [str(value) for value in values]
            for algorithm, values in (getattr(req, "hash_options", None) or {}).items()
        },
        "direct": bool(getattr(req, "original_link", None)),
        "requested": bool(getattr(req, "user_supplied", False)),
        "parent": getattr(parent, "name", None),
        "building": state.building(),
        "trusted_host": trusted_host(state, cached_from or link),
    }
    if link is not None and link.scheme in ("http", "https") and not artifact["direct"]:
        # Not from a page that pip has read: pip 26.1 does not say which lock file names it.
        facts = artifact["link"]
        if facts["page"] is None and facts["lock"] is None:
            facts["lock"] = parent if isinstance(parent, str) else "a lock file"
    if kind == "checkout":
        artifact["commit"] = commit_of(req)
    return artifact


def artifact_id(state, req):
    if id(req) not in state.artifact_ids:
        state.kept.append(req)
        state.artifact_ids[id(req)] = "%d-%d" % (os.getpid(), len(state.artifact_ids))
    return state.artifact_ids[id(req)]


def commit_of(req):
    info = getattr(req, "download_info", None)
    for holder in (info, getattr(info, "info", None), getattr(info, "vcs_info", None)):
        commit = getattr(holder, "commit_id", None)
        if commit:
            return str(commit)
    return None


def trusted_host(state, link):
    """Whether the user exempted the host of this link from certificate checks."""
    session = state.session
    if session is None or link is None or link.scheme != "https":
        return False
    host, port = split_host(link.netloc)
    for origin_host, origin_port in getattr(session, "pip_trusted_origins", ()):
        if origin_host == host and origin_port in (None, port):
            return True
    return False


def split_host(netloc):
    from urllib.parse import urlsplit

    parts = urlsplit("//" + netloc)
    return parts.hostname, parts.port


def name_of(req):
    if getattr(req, "name", None):
        return req.name
    return str(getattr(req, "link", None) or req)


# --- telling the guard how pip reaches its indexes ---------------------------------------------


def tell_access(state, collector):
    """Index pages will be read the way this pip reads them; told again when it learns a password."""
    session = collector.session
    passwords = len(getattr(session.auth, "passwords", ()))
    if state.told_access == passwords:
        return
    state.session = session
    scope = collector.search_scope
    indexes = []
    for url in scope.index_urls:
        settings = session.merge_environment_settings(url, {}, None, None, None)
        verify, cert = settings.get("verify"), settings.get("cert")
        username = password = None
        with contextlib.suppress(Exception):
            _, username, password = session.auth._get_url_and_credentials(url)
        indexes.append(
            {
                "url": url,
                "proxies": {k: v for k, v in dict(settings.get("proxies") or {}).items() if v},
                "verify": verify if isinstance(verify, str) else None,
                "certificate": cert if isinstance(cert, str) else None,
                "username": username,
                "password": password,
            }
        )
    bundle = None
    with contextlib.suppress(Exception):
        from pip._vendor import certifi

        bundle = certifi.where()
    state.channel.tell(
        type="access",
        indexes=indexes,
        find_links=list(scope.find_links),
        trusted_hosts=[list(origin) for origin in session.pip_trusted_origins],
        bundle=bundle,
        user_agent=str(session.headers.get("User-Agent", "")),
    )
    # Asking for the credentials above may itself have added some.
    state.told_access = len(getattr(session.auth, "passwords", ()))


# --- the hook points ---------------------------------------------------------------------------


def on_page(state, original):
    """Every index page goes to the guard as pip got it."""

    @functools.wraps(original)
    def fetch_response(collector, location, *args, **kwargs):
        page = original(collector, location, *args, **kwargs)
        tell_access(state, collector)
        if page is not None:
            state.pages[page.url] = location.url
        content = b"" if page is None else page.content
        too_large = len(content) > PAGE_LIMIT
        state.channel.tell(
            payload=b"" if too_large else content,
            type="page",
            url=location.url,
            final_url=None if page is None else page.url,
            content_type=None if page is None else page.content_type,
            absent=page is None,
            too_large=too_large,
        )
        return page

    return fetch_response


def on_cached_wheel(state, original):
    """Remembers where a wheel in pip's own cache was built from."""

    @functools.wraps(original)
    def get_cache_entry(cache, link, *args, **kwargs):
        entry = original(cache, link, *args, **kwargs)
        if entry is not None:
            state.wheel_sources[entry.link.url] = link
        return entry

    return get_cache_entry


def on_prepare(state, original):
    """The last moment before a source archive's code may run."""

    @functools.wraps(original)
    def prepared(req, *args, **kwargs):
        artifact = describe(state, req)
        if artifact["kind"] == "wheel":
            state.channel.tell(type="artifact", waits=False, item=artifact)
            return original(req, *args, **kwargs)
        state.channel.ask(type="artifact", waits=True, item=artifact)
        approve_tree(state, req)
        with state.grant(name_of(req)):
            return original(req, *args, **kwargs)

    return prepared


def on_fetch(state, original):
    """Version control starts only for a checkout whose address was approved."""

    @functools.wraps(original)
    def prepare(preparer, req, *args, **kwargs):
        is_checkout = req.link is not None and req.link.is_vcs
        if is_checkout:
            if "@-" in req.link.url_without_fragment:
                backstop(state, "a checkout of a revision that begins with a dash")
            state.channel.ask(type="artifact", waits=True, item=describe(state, req))
        state.preparing.append(req)
        state.fetching += is_checkout
        try:
            return original(preparer, req, *args, **kwargs)
        finally:
            state.fetching -= is_checkout
            state.preparing.pop()

    return prepare


def on_unpack(state, original):
    """Old pips follow links while they unpack: an archive is judged before that, too."""

    @functools.wraps(original)
    def unpack_file(path, *args, **kwargs):
        if not state.preparing:
            backstop(state, "unpacking of an archive that no verdict covers")
        item = describe(state, state.preparing[-1])
        status = os.stat(path)
        item.update(path=os.path.abspath(path), fingerprint=fingerprint(status))
        state.channel.ask(type="artifact", waits=True, item=item)
        return original(path, *args, **kwargs)

    return unpack_file


def on_resolve(state, original):
    """The complete plan, before anything is built or installed."""

    @functools.wraps(original)
    def resolve(resolver, *args, **kwargs):
        chosen = original(resolver, *args, **kwargs)
        nested = bool(state.grants)
        if nested or not only_plans(state):
            # The command does this a moment later; files must be here to be judged.
            preparer_of(resolver).prepare_linked_requirements_more(all_of(chosen))
            for req in all_of(chosen):
                # Otherwise the command would fetch once more, after the verdict.
                req.needs_more_preparation = False
        ask_for_plan(state, [req for req in all_of(chosen) if to_install(req)])
        return chosen

    return resolve


def only_plans(state):
    """Whether the command ends without files: a dry run, a lock file."""
    return bool(getattr(state.options, "dry_run", False)) or state.command == "lock"


def preparer_of(resolver):
    factory = getattr(resolver, "factory", None)
    return factory.preparer if factory is not None else resolver.preparer


def all_of(chosen):
    return list(chosen.all_requirements)


def to_install(req):
    return not getattr(req, "constraint", False) and not getattr(req, "satisfied_by", None)


def ask_for_plan(state, requirements):
    report = short_report(requirements)
    items = [describe(state, req) for req in requirements]
    reply = state.channel.ask(
        type="plan",
        command=state.command,
        dry_run=bool(getattr(state.options, "dry_run", False)) and not state.grants,
        quiet=getattr(state.options, "quiet", 0) > 0,
        building=state.building(),
        report=report,
        items=items,
    )
    for req, item in zip(requirements, items):
        approve_file(state, item, reply)
        if item["kind"] != "wheel":
            approve_tree(state, req)


def short_report(requirements):
    """The report without the bulk of the descriptions."""
    report = report_of(requirements)
    for entry in report["install"]:
        description = entry.get("metadata", {}).get("description")
        if isinstance(description, str):
            entry["metadata"]["description"] = description[:DESCRIPTION_LIMIT]
    return report


def report_of(requirements):
    """pip's installation report, version 1, with metadata from the wheels themselves."""
    from pip._internal.metadata import FilesystemWheel, get_wheel_distribution
    from pip._internal.models.installation_report import InstallationReport

    try:
        report = InstallationReport(requirements).to_dict()
    except AssertionError:
        # Some pips keep no download record in a dry run; the metadata is what matters here.
        entries = [{"metadata": req.get_dist().metadata_dict} for req in requirements]
        report = {"version": "1", "install": entries}
    for req, entry in zip(requirements, report["install"]):
        if req.is_wheel and req.local_file_path:
            # What an index serves beside a wheel (PEP 658) is not what gets installed.
            wheel = FilesystemWheel(req.local_file_path)
            entry["metadata"] = get_wheel_distribution(wheel, req.name).metadata_dict
    return report


def approve_file(state, item, reply):
    if item["fingerprint"] is not None:
        sha256 = reply["sha256"].get(item["artifact"])
        state.approved_files[key(item["fingerprint"])] = sha256


def approve_tree(state, req):
    if req.source_dir:
        state.approved_trees.add(os.path.realpath(req.source_dir))


def on_build(state, original):
    """Building runs the code of approved sources; what comes out is judged like any wheel."""

    @functools.wraps(original)
    def build(requirements, *args, **kwargs):
        requirements = list(requirements)
        for req in requirements:
            require_tree(state, req)
        with contextlib.ExitStack() as stack:
            for req in requirements:
                stack.enter_context(state.grant(name_of(req)))
            result = original(requirements, *args, **kwargs)
        for req in result[0]:
            item = describe_built(state, req)
            reply = state.channel.ask(type="built", item=item, report=short_report([req]))
            approve_file(state, item, reply)
        return result

    return build


def describe_built(state, req):
    """The wheel that came out, also for an editable install."""
    path = os.path.abspath(req.local_file_path)
    mark = fingerprint(os.stat(path))
    return dict(describe(state, req), kind="wheel", path=path, fingerprint=mark)


def require_tree(state, req):
    if not req.source_dir or os.path.realpath(req.source_dir) not in state.approved_trees:
        backstop(state, "a build of %s that no verdict covers" % name_of(req))


def on_install_given(state, original):
    """Nothing without a verdict is installed."""

    @functools.wraps(original)
    def install_given_reqs(requirements, *args, **kwargs):
        requirements = list(requirements)
        for req in requirements:
            require_verdict(state, req)
        if not state.building():
            state.channel.tell(type="installing")
        return original(requirements, *args, **kwargs)

    return install_given_reqs


def on_install(state, original):
    @functools.wraps(original)
    def install(req, *args, **kwargs):
        require_verdict(state, req)
        if req.is_wheel:
            source = getattr(req, "original_link", None)
            # Old pips ask a checkout for its commit as late as here.
            is_checkout = bool(source is not None and source.is_vcs)
            state.fetching += is_checkout
            try:
                return original(req, *args, **kwargs)
            finally:
                state.fetching -= is_checkout
        # Old pips run `setup.py install` or `setup.py develop` here.
        with state.grant(name_of(req)):
            return original(req, *args, **kwargs)

    return install


def require_verdict(state, req):
    if not req.is_wheel:
        require_tree(state, req)
        return
    require_file(state, req)


def require_file(state, req):
    try:
        mark = fingerprint(os.stat(req.local_file_path))
    except OSError as error:
        backstop(state, "%s vanished after it was judged (%s)" % (name_of(req), error))
    if key(mark) not in state.approved_files:
        backstop(state, "%s is not the file that was judged" % name_of(req))


def on_install_wheel(state, original):
    """The opened file must be the very file that was judged."""

    @functools.wraps(original)
    def install_wheel(name, wheel_zip, *args, **kwargs):
        opened = wheel_zip.fp
        mark = fingerprint(os.fstat(opened.fileno()))
        if key(mark) not in state.approved_files:
            backstop(state, "%s is not the file that was judged" % name)
        if state.code_ran:
            wheel_zip = beyond_reach(state, name, opened, mark)
        result = original(name, wheel_zip, *args, **kwargs)
        if fingerprint(os.fstat(opened.fileno())) != mark:
            backstop(state, "%s changed while it was being installed" % name)
        return result

    return install_wheel


def beyond_reach(state, name, opened, mark):
    """Once package code has run, it may have left a process that writes to other packages' files,
    even without a trace in their times: the bytes are read once more, into memory, and compared."""
    import hashlib
    import io
    import zipfile

    opened.seek(0)
    if mark["size"] > IN_MEMORY_LIMIT:
        digest = hashlib.sha256()
        for part in iter(lambda: opened.read(1024 * 1024), b""):
            digest.update(part)
        content = opened
    else:
        content = io.BytesIO(opened.read())
        digest = hashlib.sha256(content.getbuffer())
    if digest.hexdigest() != state.approved_files[key(mark)]:
        backstop(state, "%s does not hold the bytes that were judged" % name)
    return zipfile.ZipFile(content, allowZip64=True)


def on_save(state, original):
    """`pip download` and `pip wheel` hand out judged files only."""

    @functools.wraps(original)
    def save(preparer, req, *args, **kwargs):
        path = getattr(req, "local_file_path", None)
        if path is None:
            return original(preparer, req, *args, **kwargs)
        require_file(state, req)
        existed = set(os.listdir(preparer.download_dir))
        result = original(preparer, req, *args, **kwargs)
        sha256 = state.approved_files[key(fingerprint(os.stat(path)))]
        for name in set(os.listdir(preparer.download_dir)) - existed:
            saved = os.path.join(preparer.download_dir, name)
            if os.path.isfile(saved) and sha256_of(saved) != sha256:
                os.unlink(saved)
                backstop(state, "%s changed while it was being saved" % name_of(req))
        return result

    return save


def sha256_of(path):
    import hashlib

    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(part)
    return digest.hexdigest()


def on_credentials(state, original):
    """Keyring backends may start the user's own helpers; no package code is involved."""

    @functools.wraps(original)
    def get_new_credentials(*args, **kwargs):
        state.asking_keyring += 1
        try:
            return original(*args, **kwargs)
        finally:
            state.asking_keyring -= 1

    return get_new_credentials


def on_make_resolver(state, original):
    """The legacy resolver is imported late; its `resolve` is wrapped when the first one is made."""

    def make_resolver(*args, **kwargs):
        resolver = original(*args, **kwargs)
        tell_access(state, getattr(resolver, "factory", resolver).preparer.finder._link_collector)
        kind = type(resolver)
        if not getattr(kind.resolve, "spip", False):
            kind.resolve = marked(on_resolve(state, kind.resolve))
        return resolver

    return make_resolver


def marked(function):
    function.spip = True
    return function


def backstop(state, what):
    state.channel.tell(type="backstop", what=what)
    state.channel.refusal = state.channel.refusal or what
    raise refused(what)


# --- other programs ----------------------------------------------------------------------------


def watch_processes(state):
    """Programs start only where a verdict covers them; pip's own pips are guarded like the first."""
    original = subprocess.Popen.__init__

    @functools.wraps(original)
    def popen(process, args, *rest, **kwargs):
        args, kwargs = admit(state, args, kwargs)
        state.in_popen.now = True
        try:
            return original(process, args, *rest, **kwargs)
        finally:
            state.in_popen.now = False

    subprocess.Popen.__init__ = popen
    for name in dir(os):
        if name in ("system", "popen", "fork", "forkpty") or name.startswith(
            ("exec", "spawn", "posix_spawn")
        ):
            setattr(os, name, watched(state, name, getattr(os, name)))


def watched(state, name, original):
    if not callable(original):
        return original

    @functools.wraps(original)
    def start(*args, **kwargs):
        busy = getattr(state.in_popen, "now", False) or state.asking_keyring
        if state.guarded and not busy:
            backstop(state, "os.%s called where no verdict covers it" % name)
        return original(*args, **kwargs)

    return start


def admit(state, args, kwargs):
    """Decides about one program; pips are started through the boot, on the same channel."""
    words = [args] if isinstance(args, (str, bytes)) else list(args)
    words = [os.fsdecode(word) if not isinstance(word, str) else word for word in words]
    if is_own_pip(words):
        command = [words[0], "-c", BOOT, str(state.channel.descriptor), PIP_FOLDER]
        command += [state.building() or "", *words[2:]]
        passed = tuple(kwargs.get("pass_fds") or ()) + (state.channel.descriptor,)
        return command, dict(kwargs, pass_fds=passed, close_fds=True)
    if not state.guarded or state.asking_keyring:
        return args, kwargs
    if not kwargs.get("shell") and not kwargs.get("executable"):
        if is_probe(words) or (state.grants and is_build_step(words)):
            return args, kwargs
        if (state.fetching or state.grants) and program_of(words) in VERSION_CONTROL:
            return args, kwargs
    backstop(state, "the program %r, which no verdict covers" % " ".join(words)[:200])


def is_own_pip(words):
    return len(words) > 1 and os.path.realpath(words[1]) in OWN_PIPS


def program_of(words):
    program = os.path.basename(words[0])
    return program[:-4] if program.endswith(".exe") else program


def is_probe(words):
    """What pip asks about this machine; `git --version` among it."""
    program = program_of(words)
    return program in PROBES or (program in VERSION_CONTROL and words[1:] in VERSION_QUESTIONS)


def is_build_step(words):
    """PEP 517 hooks, and the `setup.py` calls of pips before 25.3."""
    if len(words) > 1 and os.path.basename(words[1]) == "_in_process.py":
        return True
    script = words[2:] if words[1:2] == ["-u"] else words[1:]
    return script[:1] == ["-c"] and len(script) > 1 and "setup.py" in script[1]


# --- arming ------------------------------------------------------------------------------------

# Each hook point: module, attribute path, wrapper.
POINTS = (
    ("operations.prepare", "_get_prepared_distribution", on_prepare),
    ("operations.prepare", "RequirementPreparer._prepare_linked_requirement", on_fetch),
    ("operations.prepare", "RequirementPreparer.prepare_editable_requirement", on_fetch),
    ("operations.prepare", "unpack_file", on_unpack),
    ("operations.prepare", "RequirementPreparer.save_linked_requirement", on_save),
    ("resolution.resolvelib.resolver", "Resolver.resolve", on_resolve),
    ("cli.req_command", "RequirementCommand.make_resolver", on_make_resolver),
    ("wheel_builder", "build", on_build),
    ("req", "install_given_reqs", on_install_given),
    ("req.req_install", "InstallRequirement.install", on_install),
    ("operations.install.wheel", "_install_wheel", on_install_wheel),
    ("index.collector", "LinkCollector.fetch_response", on_page),
    ("cache", "WheelCache.get_cache_entry", on_cached_wheel),
    ("network.auth", "MultiDomainBasicAuth._get_new_credentials", on_credentials),
)

# pip's own code must still go through the hook points: caller, and what it has to mention.
CALLERS = (
    ("operations.prepare", "RequirementPreparer._prepare_linked_requirement",
     "_get_prepared_distribution"),
    ("operations.prepare", "RequirementPreparer.prepare_editable_requirement",
     "_get_prepared_distribution"),
    ("operations.prepare", "RequirementPreparer.prepare_linked_requirement",
     "_prepare_linked_requirement"),
    ("resolution.resolvelib.candidates", "LinkCandidate._prepare_distribution",
     "prepare_linked_requirement"),
    ("resolution.resolvelib.candidates", "EditableCandidate._prepare_distribution",
     "prepare_editable_requirement"),
    ("operations.install.wheel", "install_wheel", "_install_wheel"),
    ("req.req_install", "InstallRequirement.install", "install_wheel"),
)

# The same for the command that runs: its class, and what its `run` has to mention.
COMMANDS = {
    "install": ("InstallCommand", ("make_resolver", "resolve", "build", "install_given_reqs")),
    "wheel": ("WheelCommand", ("make_resolver", "resolve", "build")),
    "download": ("DownloadCommand", ("make_resolver", "resolve")),
    "lock": ("LockCommand", ("make_resolver", "resolve")),
}

# Whether a later step of the command goes by one of these names, it must find the wrapper there.
COPIES = ("build", "install_given_reqs", "_get_prepared_distribution", "_install_wheel")


def arm(state):
    """Puts every hook in place, or says what this pip lacks."""
    callers = list(CALLERS)
    kind, mentioned = COMMANDS.get(state.command, ("", ()))
    callers += [("commands." + state.command, kind + ".run", name) for name in mentioned]
    missing = [point for point in map(lacking_caller, callers) if point]
    if look_up("models.installation_report", "InstallationReport")[2] is None:
        missing.append("models.installation_report.InstallationReport")
    found = []
    for module, path, wrapper in POINTS:
        holder, name, original = look_up(module, path)
        if original is None:
            missing.append("%s.%s" % (module, path))
        else:
            found.append((holder, name, original, wrapper))
    if missing:
        return missing
    for holder, name, original, wrapper in found:
        bound = getattr(original, "__self__", None)
        replacement = marked(wrapper(state, original))
        setattr(holder, name, staticmethod(replacement) if bound is not None else replacement)
        if name in COPIES:
            replace_copies(name, original, replacement)
    state.guarded = True
    return []


def look_up(module, path):
    try:
        holder = importlib.import_module("pip._internal." + module)
    except ImportError:
        return None, path, None
    *outer, name = path.split(".")
    for part in outer:
        holder = getattr(holder, part, None)
    return holder, name, getattr(holder, name, None)


def replace_copies(name, original, replacement):
    """Modules that imported a function by name get the wrapper too."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("pip._internal") and (
            module.__dict__.get(name) is original
        ):
            setattr(module, name, replacement)


def lacking_caller(caller):
    module, path, mention = caller
    _, _, function = look_up(module, path)
    if any(mentions(code, mention) for code in codes_of(function)):
        return None
    return "%s.%s (expected to call %s)" % (module, path, mention)


def codes_of(function, depth=4):
    """The code of a function and of the functions that decorators hold on to."""
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None or depth == 0:
        return []
    found = [code]
    inner = [getattr(function, "__wrapped__", None)]
    inner += [cell.cell_contents for cell in function.__closure__ or () if is_filled(cell)]
    for candidate in inner:
        found += codes_of(candidate, depth - 1)
    return found


def is_filled(cell):
    try:
        return callable(cell.cell_contents)
    except ValueError:
        return False


def mentions(code, name):
    if name in code.co_names or name in code.co_freevars:
        return True
    return any(mentions(part, name) for part in code.co_consts if hasattr(part, "co_names"))


# --- start -------------------------------------------------------------------------------------


def on_command(state, original):
    """pip has parsed its command; the guard says whether it needs guarding."""

    @functools.wraps(original)
    def create_command(name, *args, **kwargs):
        command = original(name, *args, **kwargs)
        try:
            if is_guarded(state, name):
                command.run = with_options(state, command.run)
        except Exception as error:
            sys.exit("ERROR: %s" % error)
        return command

    return create_command


def is_guarded(state, name):
    """Asks, and puts the hooks in place if the answer is yes."""
    reply = state.channel.ask(
        type="hello",
        command=name,
        pip=sys.modules["pip"].__version__,
        python="%d.%d.%d" % sys.version_info[:3],
        prefix=sys.prefix,
        places=places(),
        nested=bool(state.build_of),
    )
    if reply.get("guard") is False:
        return False
    state.command = name
    missing = arm(state)
    if missing:
        state.channel.ask(type="unsupported", missing=missing)
    return True


def places():
    """Where this interpreter's modules and commands are installed."""
    import site
    import sysconfig

    paths = sysconfig.get_paths()
    found = [paths.get(key) for key in ("purelib", "platlib", "scripts")]
    found += getattr(site, "getsitepackages", list)()
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    return sorted({path for path in found if path})


def with_options(state, original):
    @functools.wraps(original)
    def run(options, args):
        state.options = options
        return original(options, args)

    return run


class SamePip:
    """Finds `pip` in the folder of the pip that started this one, as pip's own runner does."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "pip":
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, [PIP_FOLDER], target)


def start():
    global PIP_FOLDER, OWN_PIPS
    _, _, PIP_FOLDER, build_of, *arguments = sys.argv
    if PIP_FOLDER:
        sys.meta_path.insert(0, SamePip)
    channel = Channel(CHANNEL)
    try:
        import pip
    except ImportError:
        channel.tell(type="no-pip", executable=sys.executable)
        sys.exit(1)
    package = os.path.dirname(os.path.realpath(pip.__file__))
    PIP_FOLDER = os.path.dirname(package)
    OWN_PIPS = {os.path.join(package, "__pip-runner__.py"), package, PIP_FOLDER}
    state = State(channel, build_of)
    watch_processes(state)
    sys.argv = [script_name(), *arguments]
    try:
        commands = importlib.import_module("pip._internal.commands")
        original = commands.create_command
        commands.create_command = on_command(state, original)
        # Something may have imported pip before: a `.pth` file, a sitecustomize.
        replace_copies("create_command", original, commands.create_command)
        from pip._internal.cli import main as entry

        if getattr(entry, "create_command", commands.create_command) != commands.create_command:
            raise ImportError("a way to see which command runs")
    except (ImportError, AttributeError) as error:
        channel.tell(type="unsupported-early", pip=str(getattr(pip, "__version__", "?")),
                     missing=[str(error)])
        sys.exit(1)
    sys.exit(entry.main())


def script_name():
    """What `pip` would have as its own name in usage lines and hints."""
    script = os.path.join(os.path.dirname(sys.executable), "pip")
    return script if os.path.exists(script) else "pip"


start()
