"""A PEP 517 and PEP 660 backend that packs every module of the current directory."""

import base64
import glob
import hashlib
import os
import zipfile


def _names():
    text = open("PKG-INFO", encoding="utf-8").read()
    fields = dict(line.split(": ", 1) for line in text.splitlines()[:3])
    name = fields["Name"].lower().replace("-", "_").replace(".", "_")
    return text, name, fields["Version"]


def _info():
    text, name, version = _names()
    wheel = "Wheel-Version: 1.0\nGenerator: inside\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return "%s-%s.dist-info" % (name, version), {"METADATA": text, "WHEEL": wheel}


def _line(path, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (path, digest, len(content))


def _pack(directory, modules):
    _, name, version = _names()
    filename = "%s-%s-py3-none-any.whl" % (name, version)
    info, files = _info()
    members = dict(modules)
    members.update(("%s/%s" % (info, path), text) for path, text in files.items())
    lines = [_line(path, text.encode()) for path, text in members.items()]
    members[info + "/RECORD"] = "".join(lines) + info + "/RECORD,,\n"
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
    return filename


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_editable(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info, files = _info()
    os.makedirs(os.path.join(metadata_directory, info))
    for path, text in files.items():
        with open(os.path.join(metadata_directory, info, path), "w", encoding="utf-8") as file:
            file.write(text)
    return info


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    modules = {path: open(path, encoding="utf-8").read() for path in glob.glob("*.py")}
    modules.pop("setup.py", None)
    return _pack(wheel_directory, modules)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    _, name, _ = _names()
    return _pack(wheel_directory, {"__editable__%s.pth" % name: os.getcwd() + "\n"})
