//! The names that no data needs.

/// Modules whose functions no data needs; with those below, what is searched for.
pub(super) const MODULES: &[&str] = &[
    "os",
    "posix",
    "nt",
    "subprocess",
    "_posixsubprocess",
    "commands",
    "pty",
    "popen2",
    "importlib",
    "importlib._bootstrap",
    "importlib.util",
    "importlib.machinery",
    "imp",
    "runpy",
    "code",
    "codeop",
    "pdb",
    "bdb",
    "cProfile",
    "profile",
    "timeit",
    "trace",
    "shutil",
    "webbrowser",
    "socket",
    "_socket",
    "http.client",
    "http.server",
    "urllib",
    "urllib2",
    "urllib.request",
    "requests",
    "requests.api",
    "requests.sessions",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
    "telnetlib",
    "asyncio.subprocess",
    "asyncio.unix_events",
    "ctypes",
    "_ctypes",
    "marshal",
    "pickle",
    "_pickle",
    "cPickle",
    "venv",
    "ensurepip",
    "pip",
    "pip._internal",
    "pip._internal.cli.main",
    "distutils.spawn",
    "distutils.file_util",
    "setuptools",
    "pydoc",
    "pkgutil",
    "platform",
    "zipimport",
    "site",
    "sys",
    "builtins",
    "__builtin__",
    "__builtins__",
    "types",
    "multiprocessing.util",
    "multiprocessing.process",
    "threading",
    "_thread",
    "signal",
    "atexit",
    "tempfile",
    "numpy.testing._private.utils",
    "numpy.f2py",
    "numpy.f2py.crackfortran",
    "numpy.distutils.exec_command",
    "torch.hub",
    "torch.utils._config_module",
    "torch.utils.collect_env",
    "torch.serialization",
    "idlelib.pyshell",
    "lib2to3.pgen2.grammar",
    "test.support.script_helper",
    "uuid",
    "operator",
    "functools",
];

/// Of these modules only some names are dangerous.
const SOME: &[(&str, &[&str])] = &[
    ("builtins", BUILTINS),
    ("__builtin__", BUILTINS),
    ("__builtins__", BUILTINS),
    ("types", &["CodeType", "FunctionType"]),
    (
        "sys",
        &[
            "modules",
            "settrace",
            "setprofile",
            "addaudithook",
            "breakpointhook",
            "displayhook",
            "excepthook",
            "_getframe",
        ],
    ),
    (
        "pydoc",
        &[
            "pipepager",
            "tempfilepager",
            "locate",
            "safeimport",
            "render_doc",
        ],
    ),
    ("pkgutil", &["resolve_name", "get_loader"]),
    ("platform", &["popen", "_syscmd_uname", "_syscmd_ver"]),
    ("uuid", &["_popen", "_get_command_stdout"]),
    (
        "site",
        &[
            "addsitedir",
            "addpackage",
            "main",
            "execsitecustomize",
            "execusercustomize",
        ],
    ),
    ("pickle", &["loads", "load", "Unpickler", "_loads", "_load"]),
    ("_pickle", &["loads", "load", "Unpickler"]),
    ("cPickle", &["loads", "load", "Unpickler"]),
    ("threading", &["Thread", "Timer"]),
    ("signal", &["signal", "alarm"]),
    ("tempfile", &["mktemp"]),
    (
        "socket",
        &[
            "create_connection",
            "socketpair",
            "socket",
            "gethostbyname",
            "getaddrinfo",
        ],
    ),
    ("timeit", &["timeit", "repeat", "main", "Timer"]),
    ("setuptools", &["setup", "_install_setup_requires"]),
    ("numpy.testing._private.utils", &["runstring", "rundocs"]),
    ("torch.serialization", &["load"]),
    (
        "torch.hub",
        &[
            "load",
            "_import_module",
            "download_url_to_file",
            "load_state_dict_from_url",
        ],
    ),
    ("torch.utils.collect_env", &["run", "run_and_read_all"]),
    ("operator", &[]),
    ("functools", &[]),
];

const BUILTINS: &[&str] = &[
    "exec",
    "eval",
    "execfile",
    "compile",
    "__import__",
    "open",
    "input",
    "globals",
    "locals",
    "vars",
    "apply",
    "breakpoint",
    "delattr",
    "setattr",
    "memoryview",
];

/// Names in dangerous modules that data does hold.
const HARMLESS: &[(&str, &str)] = &[
    ("os", "stat_result"),
    ("os", "terminal_size"),
    ("os", "statvfs_result"),
    ("os", "PathLike"),
    ("posix", "stat_result"),
    ("subprocess", "CompletedProcess"),
    ("subprocess", "CalledProcessError"),
    ("subprocess", "TimeoutExpired"),
    ("requests", "Response"),
    ("requests.models", "Response"),
    ("requests.sessions", "Session"),
    ("shutil", "Error"),
    ("importlib.machinery", "ModuleSpec"),
];

/// Functions that make functions and modules of data, in the libraries for that.
const REVIVERS: &[(&str, &str)] = &[
    ("dill._dill", "_create_function"),
    ("dill._dill", "_create_code"),
    ("dill._dill", "_import_module"),
    ("dill._dill", "_eval_repr"),
    ("dill.dill", "_create_function"),
    ("dill.dill", "_import_module"),
    ("cloudpickle.cloudpickle", "_make_function"),
    ("cloudpickle.cloudpickle", "_fill_function"),
    ("cloudpickle.cloudpickle", "_make_skel_func"),
    ("cloudpickle.cloudpickle", "subimport"),
    ("cloudpickle.cloudpickle", "dynamic_subimport"),
];

/// Texts that are dangerous as the name of an attribute.
pub(super) const ATTRIBUTES: &[&str] = &[
    "system",
    "popen",
    "Popen",
    "exec",
    "eval",
    "execfile",
    "__import__",
    "__builtins__",
    "__globals__",
    "__subclasses__",
    "__loader__",
    "__code__",
    "__getattribute__",
    "load_module",
    "import_module",
    "spawn",
    "check_output",
    "modules",
    "run_module",
    "run_path",
];

/// Whether reading a pickle with this name does what no data needs.
pub(super) fn is_dangerous(module: &str, name: &str) -> bool {
    if HARMLESS.contains(&(module, name)) {
        return false;
    }
    if REVIVERS.contains(&(module, name)) {
        return true;
    }
    if let Some((_, some)) = SOME.iter().find(|(known, _)| *known == module) {
        let first = name.split('.').next().unwrap_or(name);
        return some.contains(&first);
    }
    MODULES.contains(&module) || module.starts_with("pip.") || module.starts_with("importlib.")
}

/// Whether this looks up attributes by name: ordinary data has it too.
pub(super) fn is_getter(module: &str, name: &str) -> bool {
    matches!(
        (module, name),
        ("builtins" | "__builtin__", "getattr")
            | ("operator" | "_operator", "attrgetter" | "methodcaller")
    )
}
