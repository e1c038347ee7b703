//! The known names, by what calling them does.

use spip_core::{Deed, Taints};

use super::decoders::Decoder;
use super::models::Effect;

/// Canonical names, separated by blanks.
pub(super) const EFFECTS: &[(Effect, &str)] = &[
    (
        Effect::Execute,
        "builtins.exec builtins.eval builtins.execfile ctypes.pythonapi.PyRun_SimpleString
         code.InteractiveInterpreter().runsource code.InteractiveInterpreter().runcode
         code.InteractiveConsole().push code.interact IPython.get_ipython().run_cell
         timeit.timeit timeit.repeat timeit.Timer cProfile.run cProfile.runctx profile.run trace.Trace().run
         bdb.Bdb().run pdb.run doctest.debug_src numexpr.evaluate pandas.eval js2py.eval_js
         _testcapi.run_in_subinterp _xxsubinterpreters.run_string _interpreters.exec
         importlib._bootstrap._call_with_frames_removed sympy.sympify",
    ),
    (
        Effect::Compile,
        "builtins.compile types.CodeType types.FunctionType types.LambdaType codeop.compile_command
         new.function ast.parse builtins.type().__code__ importlib.util.module_from_spec
         importlib._bootstrap_external.source_to_code importlib.machinery.SourceLoader().source_to_code
         builtins.compile().replace types.CodeType().replace",
    ),
    (Effect::Import, "builtins.__import__ importlib.import_module importlib.util.find_spec pkgutil.resolve_name pydoc.locate pydoc.importfile django.utils.module_loading.import_string werkzeug.utils.import_string zope.dottedname.resolve.resolve"),
    (
        Effect::RunFile,
        "runpy.run_path runpy.run_module imp.load_source imp.load_compiled imp.load_module imp.load_dynamic
         importlib.machinery.SourcelessFileLoader().load_module importlib.machinery.SourceFileLoader().load_module
         importlib.machinery.ExtensionFileLoader().load_module importlib.machinery.SourcelessFileLoader().exec_module
         importlib.machinery.SourceFileLoader().exec_module importlib.util.spec_from_file_location
         importlib.machinery.SourcelessFileLoader importlib.machinery.SourceFileLoader
         importlib.machinery.ExtensionFileLoader zipimport.zipimporter zipimport.zipimporter().load_module
         _imp.create_dynamic importlib._bootstrap_external.SourcelessFileLoader",
    ),
    (Effect::GetAttribute, "builtins.getattr inspect.getattr_static operator.attrgetter()"),
    (Effect::Open, "builtins.open builtins.file os.open os.fdopen gzip.open bz2.open lzma.open zipfile.ZipFile tarfile.open sqlite3.connect tempfile.NamedTemporaryFile tempfile.TemporaryFile mmap.mmap dbm.open shelve.open"),
    (Effect::Decode(Decoder::Base64), "base64.b64decode base64.standard_b64decode base64.decodebytes base64.decodestring binascii.a2b_base64 pybase64.b64decode"),
    (Effect::Decode(Decoder::Base64Url), "base64.urlsafe_b64decode"),
    (Effect::Decode(Decoder::Base32), "base64.b32decode base64.b32hexdecode"),
    (Effect::Decode(Decoder::Base16), "base64.b16decode binascii.unhexlify binascii.a2b_hex builtins.bytes.fromhex builtins.bytearray.fromhex"),
    (Effect::Decode(Decoder::Base85), "base64.b85decode"),
    (Effect::Decode(Decoder::Ascii85), "base64.a85decode base64.z85decode"),
    (Effect::Decode(Decoder::Zlib), "zlib.decompress zlib.decompressobj().decompress"),
    (Effect::Decode(Decoder::Gzip), "gzip.decompress"),
    (Effect::Decode(Decoder::Bzip2), "bz2.decompress bz2.BZ2Decompressor().decompress"),
    (Effect::Decode(Decoder::Lzma), "lzma.decompress lzma.LZMADecompressor().decompress"),
    (Effect::Decode(Decoder::QuotedPrintable), "quopri.decodestring binascii.a2b_qp"),
    (Effect::Decode(Decoder::Uu), "binascii.a2b_uu"),
    (Effect::DecodeBy, "codecs.decode codecs.encode"),
    (
        Effect::Pure,
        "builtins.chr builtins.unichr builtins.ord builtins.len builtins.range builtins.xrange builtins.reversed builtins.str
         builtins.unicode builtins.bytes builtins.bytearray builtins.int builtins.float builtins.bool builtins.list builtins.tuple builtins.set
         builtins.frozenset builtins.dict builtins.zip builtins.enumerate builtins.sum builtins.min builtins.max builtins.abs
         builtins.repr builtins.ascii builtins.format builtins.iter builtins.hex builtins.oct builtins.bin builtins.pow builtins.divmod builtins.round
         builtins.sorted builtins.memoryview builtins.isinstance builtins.slice builtins.next builtins.str.join builtins.str.maketrans
         builtins.bytes.maketrans string.maketrans builtins.str.format builtins.str.replace builtins.bytes.decode builtins.str.encode builtins.int.from_bytes
         builtins.bytes.join builtins.str.lower builtins.str.translate
         operator.add operator.concat operator.xor operator.sub operator.mul operator.getitem operator.mod
         itertools.chain itertools.chain.from_iterable itertools.cycle itertools.islice itertools.repeat itertools.accumulate
         struct.pack binascii.hexlify base64.b64encode
         string.Template().substitute string.Template().safe_substitute string.Template
         textwrap.dedent array.array io.StringIO io.BytesIO io.StringIO().read io.BytesIO().read io.StringIO().getvalue io.BytesIO().getvalue
         collections.OrderedDict collections.deque collections.namedtuple re.sub urllib.parse.unquote urllib.parse.unquote_plus html.unescape
         builtins.vars builtins.globals builtins.locals builtins.object builtins.dir",
    ),
    (Effect::Mix(Taints::DECRYPTED), "cryptography.fernet.Fernet().decrypt cryptography.fernet.MultiFernet().decrypt
         Crypto.Cipher.AES.new().decrypt Crypto.Cipher.AES.new().decrypt_and_verify Crypto.Cipher.ARC4.new().decrypt Crypto.Cipher.DES.new().decrypt Crypto.Cipher.DES3.new().decrypt
         Crypto.Cipher.ChaCha20.new().decrypt Crypto.Cipher.PKCS1_OAEP.new().decrypt Crypto.Cipher.Blowfish.new().decrypt Crypto.Cipher.XOR.new().decrypt Crypto.Cipher.Salsa20.new().decrypt
         cryptography.hazmat.primitives.ciphers.Cipher().decryptor().update cryptography.hazmat.primitives.ciphers.Cipher().decryptor().finalize
         cryptography.hazmat.primitives.ciphers.aead.AESGCM().decrypt cryptography.hazmat.primitives.ciphers.aead.ChaCha20Poly1305().decrypt
         nacl.secret.SecretBox().decrypt nacl.public.Box().decrypt rsa.decrypt pyaes.AESModeOfOperationCTR().decrypt pyaes.AESModeOfOperationCBC().decrypt win32crypt.CryptUnprotectData"),
    (Effect::Mix(Taints::UNMARSHALLED), "marshal.loads marshal.load"),
    (Effect::Mix(Taints::DECODED), "imgsteg.decode stegano.lsb.reveal stegano.lsb.hide steganography.Steganography.decode PIL.Image.open().getdata PIL.Image.open().tobytes PIL.Image.open().getpixel"),
    (Effect::Does(Deed::Unpickle), "pickle.loads pickle.load pickle.Unpickler().load dill.loads dill.load cloudpickle.loads cloudpickle.load joblib.load shelve.open().get jsonpickle.decode yaml.load yaml.unsafe_load yaml.full_load torch.load pandas.read_pickle"),
    (Effect::Read(Taints::IDENTITY), "getpass.getuser os.getlogin socket.gethostname socket.getfqdn platform.node uuid.getnode os.uname platform.uname pwd.getpwuid pwd.getpwall psutil.net_if_addrs psutil.users netifaces.ifaddresses netifaces.interfaces os.getcwd os.getcwdb pathlib.Path.cwd socket.gethostbyname_ex wmi.WMI platform.mac_ver ctypes.windll.kernel32.GetComputerNameW"),
    (Effect::Source(Taints::PLATFORM), "platform.system platform.platform platform.machine platform.version platform.release platform.python_version platform.processor platform.architecture platform.python_implementation distro.id distro.name locale.getdefaultlocale locale.getlocale sysconfig.get_platform os.cpu_count multiprocessing.cpu_count psutil.virtual_memory psutil.cpu_count"),
    (Effect::Source(Taints::CALLER_SOURCE), "gc.get_objects gc.get_referrers sys._current_frames"),
    (
        Effect::Source(Taints::OWN_TEXT),
        "inspect.getcomments inspect.getdoc pydoc.getdoc
         importlib.metadata.metadata importlib.metadata.distribution importlib.metadata.Distribution.from_name
         importlib_metadata.metadata importlib_metadata.distribution importlib_metadata.Distribution.from_name
         pkg_resources.get_distribution pkg_resources.require pkginfo.Installed pkginfo.get_metadata",
    ),
    (Effect::Source(Taints::CLOCK), "datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today time.time time.localtime time.gmtime time.strftime time.ctime"),
    (Effect::Read(Taints::CLIPBOARD), "ctypes.windll.user32.GetClipboardData ctypes.WinDLL().GetClipboardData pyperclip.paste clipboard.paste win32clipboard.GetClipboardData tkinter.Tk().clipboard_get xerox.paste PyQt5.QtWidgets.QApplication.clipboard().text klembord.get_text PIL.ImageGrab.grabclipboard pyclip.paste"),
    (Effect::Read(Taints::SCREEN), "PIL.ImageGrab.grab pyautogui.screenshot mss.mss().grab mss.mss().shot pyscreenshot.grab mss.mss().save cv2.VideoCapture().read cv2.VideoCapture d3dshot.create dxcam.create sounddevice.rec pyscreeze.screenshot"),
    (Effect::Read(Taints::CALLER_SOURCE), "inspect.getsource inspect.getsourcelines inspect.getsourcefile inspect.stack inspect.getouterframes linecache.getlines"),
    (Effect::Read(Taints::SECRET_FILE), "keyring.get_password keyring.get_credential netrc.netrc win32cred.CredEnumerate secretstorage.get_default_collection winreg.QueryValueEx().secret boto3.Session().get_credentials boto3.session.Session().get_credentials botocore.session.get_session().get_credentials google.auth.default botocore.session.Session().get_credentials"),
    (Effect::Read(Taints::BROWSER), "browser_cookie3.chrome browser_cookie3.firefox browser_cookie3.load browser_cookie3.edge browser_cookie3.brave browser_cookie3.opera browsercookie.chrome browsercookie.load pycookiecheat.chrome_cookies rookiepy.chrome rookiepy.load"),
    (Effect::Source(Taints::NONE), "sys._getframe inspect.currentframe builtins.hash builtins.id builtins.callable builtins.hasattr builtins.issubclass hashlib.sha256().hexdigest os.path.exists os.path.isfile os.path.isdir os.path.getsize builtins.input builtins.raw_input os.path.getmtime os.getpid random.random random.randint random.choice time.sleep os.access os.stat"),
    (Effect::Place("~", Taints::HOME), "pathlib.Path.home os.path.expanduser.home"),
    (Effect::Place("{tmp}", Taints::TEMPORARY), "tempfile.gettempdir"),
    (Effect::Temporary, "tempfile.mkdtemp tempfile.TemporaryDirectory tempfile.mktemp tempfile.mkstemp"),
    (Effect::Place("{site-packages}", Taints::SITE_PACKAGES), "site.getsitepackages site.getusersitepackages distutils.sysconfig.get_python_lib sysconfig.get_path sysconfig.get_paths"),
    (Effect::Place("{data}", Taints::NONE), "appdirs.user_data_dir platformdirs.user_data_dir"),
    (
        Effect::Does(Deed::Connect),
        "socket.create_connection socket.socket().connect socket.socket().connect_ex socket.socket().bind socket.create_server socket.socket().listen
         ssl.wrap_socket().connect ssl.SSLContext().wrap_socket().connect ssl.create_default_context().wrap_socket().connect asyncio.open_connection asyncio.start_server
         telnetlib.Telnet paramiko.SSHClient().connect ftplib.FTP ftplib.FTP().connect ftplib.FTP_TLS asyncssh.connect pexpect.pxssh.pxssh().login",
    ),
    (
        Effect::Fetch,
        "asyncio.open_connection().write asyncio.open_connection().writelines asyncio.open_connection().read asyncio.open_connection().readline asyncio.open_connection().readexactly asyncio.open_connection().readuntil
         socket.socket().makefile().readline socket.socket().makefile().write socket.socket().recvmsg socket.socket().sendmsg socket.socket().sendfile telnetlib.Telnet().write telnetlib.Telnet().read_until telnetlib.Telnet().read_all telnetlib.Telnet().read_some
         urllib.request.urlopen urllib.request.build_opener().open urllib.request.OpenerDirector().open urllib.request.URLopener().open urllib.request.FancyURLopener().open
         requests.get requests.post requests.put requests.patch requests.delete requests.head requests.options requests.request
         requests.Session().get requests.Session().post requests.Session().put requests.Session().patch requests.Session().request requests.Session().delete requests.Session().send
         httpx.get httpx.post httpx.put httpx.patch httpx.request httpx.stream httpx.delete httpx.Client().get httpx.Client().post httpx.Client().put httpx.Client().request httpx.Client().stream
         httpx.AsyncClient().get httpx.AsyncClient().post httpx.AsyncClient().put httpx.AsyncClient().request
         aiohttp.ClientSession().get aiohttp.ClientSession().post aiohttp.ClientSession().put aiohttp.ClientSession().request aiohttp.request
         urllib3.PoolManager().request urllib3.PoolManager().urlopen urllib3.request urllib3.HTTPSConnectionPool().request urllib3.HTTPConnectionPool().request
         http.client.HTTPSConnection().request http.client.HTTPConnection().request http.client.HTTPSConnection().getresponse http.client.HTTPConnection().getresponse http.client.HTTPSConnection().send http.client.HTTPConnection().send
         socket.socket().send socket.socket().sendall socket.socket().sendto socket.socket().recv socket.socket().recvfrom socket.socket().recv_into socket.create_connection().send socket.create_connection().sendall socket.create_connection().recv socket.socket().read socket.socket().readline socket.socket().readlines socket.socket().readuntil socket.socket().readexactly socket.socket().write socket.socket().writelines
         ssl.wrap_socket().send ssl.wrap_socket().sendall ssl.create_default_context().wrap_socket().sendall ssl.create_default_context().wrap_socket().recv
         socket.gethostbyname socket.getaddrinfo dns.resolver.resolve dns.resolver.query dns.resolver.Resolver().resolve dns.resolver.Resolver().query socket.gethostbyaddr
         smtplib.SMTP().sendmail smtplib.SMTP().send_message smtplib.SMTP_SSL().sendmail smtplib.SMTP_SSL().send_message smtplib.SMTP smtplib.SMTP_SSL
         ftplib.FTP().storbinary ftplib.FTP().storlines ftplib.FTP_TLS().storbinary ftplib.FTP().retrbinary paramiko.SSHClient().open_sftp().put
         websocket.create_connection websocket.create_connection().send websocket.create_connection().recv websocket.WebSocketApp websockets.connect websockets.connect().send websockets.connect().recv
         pycurl.Curl().perform pycurl.Curl().setopt xmlrpc.client.ServerProxy boto3.client().put_object boto3.client().upload_file boto3.resource().Bucket().upload_file
         paho.mqtt.client.Client().publish paho.mqtt.publish.single pika.BlockingConnection().channel().basic_publish telebot.TeleBot().send_message telebot.TeleBot().send_document telebot.TeleBot().send_photo
         telegram.Bot().send_message telegram.Bot().send_document telegram.Bot().sendMessage discord_webhook.DiscordWebhook().execute discord_webhook.DiscordWebhook discord.SyncWebhook.from_url().send discord.Webhook.from_url().send dhooks.Webhook().send dhooks.Webhook
         treq.get treq.post niquests.get niquests.post curl_cffi.requests.get curl_cffi.requests.post cloudscraper.create_scraper().get cloudscraper.create_scraper().post tls_client.Session().post tls_client.Session().get grequests.get grequests.post requests_html.HTMLSession().get
         github.Github().get_user().create_gist github.Github().get_user().create_repo gistyc.GISTyc().create_gist win32com.client.Dispatch().Send scapy.all.send scapy.all.sr1 torch.hub.load_state_dict_from_url gdown.download_text",
    ),
    (
        Effect::FetchToFile,
        "urllib.request.urlretrieve wget.download urllib.request.URLopener().retrieve gdown.download torch.hub.download_url_to_file keras.utils.get_file setuptools.archive_util.download pooch.retrieve
         ctypes.windll.urlmon.URLDownloadToFileW ctypes.windll.urlmon.URLDownloadToFileA huggingface_hub.hf_hub_download",
    ),
    (
        Effect::Spawn,
        "os.system os.popen os.popen2 os.popen3 os.startfile os.execl os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe
         os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp
         subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen subprocess.getoutput subprocess.getstatusoutput subprocess.fork_exec
         asyncio.create_subprocess_shell asyncio.create_subprocess_exec pty.spawn pexpect.spawn pexpect.run sh.Command sh.bash sh.sh sh.curl sh.wget plumbum.cmd.bash
         platform.popen popen2.popen2 popen2.Popen3 distutils.spawn.spawn setuptools.distutils.spawn.spawn
         invoke.run invoke.Context().run fabric.Connection().local fabric.api.local envoy.run delegator.run sarge.run trio.run_process anyio.run_process twisted.internet.utils.getProcessOutput
         ctypes.windll.shell32.ShellExecuteW ctypes.windll.shell32.ShellExecuteA ctypes.windll.kernel32.WinExec ctypes.windll.kernel32.CreateProcessW win32api.ShellExecute win32process.CreateProcess win32api.WinExec
         win32com.client.Dispatch().Run win32com.client.Dispatch().ShellExecute comtypes.client.CreateObject().Run ctypes.CDLL().system ctypes.cdll.LoadLibrary().system ctypes.cdll.msvcrt.system ctypes.CDLL().execve ctypes.CDLL().popen
         pip.main pip._internal.main pip._internal.cli.main.main pip._internal.main.main setuptools.command.easy_install.main ensurepip.bootstrap
         IPython.get_ipython().system IPython.get_ipython().getoutput cgi.test multiprocessing.popen_fork.Popen",
    ),
    (
        Effect::Does(Deed::LoadNative),
        "ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll.LoadLibrary ctypes.windll.LoadLibrary cffi.FFI().dlopen ctypes.windll.kernel32.LoadLibraryA ctypes.windll.kernel32.LoadLibraryW
         ctypes.windll.kernel32.VirtualAlloc ctypes.windll.kernel32.VirtualAllocEx ctypes.windll.kernel32.CreateThread ctypes.windll.kernel32.CreateRemoteThread ctypes.windll.kernel32.WriteProcessMemory ctypes.windll.kernel32.RtlMoveMemory ctypes.windll.ntdll.NtCreateThreadEx win32process.WriteProcessMemory",
    ),
    (Effect::Does(Deed::Delete), "shutil.rmtree os.remove os.unlink os.rmdir os.removedirs pathlib.Path().unlink pathlib.Path().rmdir send2trash.send2trash winreg.DeleteKey winreg.DeleteValue os.truncate"),
    (Effect::Does(Deed::Redirect), "os.dup2 os.login_tty"),
    (Effect::Does(Deed::Patch), "codecs.register"),
    (
        Effect::Does(Deed::Watch),
        "pynput.keyboard.Listener pynput.mouse.Listener keyboard.on_press keyboard.hook keyboard.record keyboard.on_release keyboard.read_event pyHook.HookManager pyxhook.HookManager
         ctypes.windll.user32.SetWindowsHookExA ctypes.windll.user32.SetWindowsHookExW ctypes.windll.user32.GetAsyncKeyState win32api.GetAsyncKeyState mouse.hook
         ctypes.windll.user32.SetClipboardData ctypes.WinDLL().SetClipboardData pyperclip.copy clipboard.copy win32clipboard.SetClipboardText win32clipboard.SetClipboardData tkinter.Tk().clipboard_append xerox.copy pyclip.copy pyperclip.waitForNewPaste evdev.InputDevice",
    ),
    (
        Effect::Does(Deed::Write),
        "winreg.SetValueEx winreg.SetValue winreg.CreateKey winreg.CreateKeyEx win32api.RegSetValueEx crontab.CronTab().new crontab.CronTab().write
         os.chmod pathlib.Path().chmod os.symlink os.link os.mkfifo os.makedirs os.mkdir win32com.client.Dispatch().CreateShortCut win32com.client.Dispatch().RegWrite win32serviceutil.InstallService os.utime os.putenv",
    ),
    (Effect::Copy, "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move os.rename os.replace shutil.copyfileobj distutils.file_util.copy_file distutils.dir_util.copy_tree"),
    (Effect::ReadFile, "linecache.getline numpy.fromfile numpy.load pandas.read_csv os.listdir os.scandir os.walk glob.glob glob.iglob pkgutil.get_data importlib.resources.read_text importlib.resources.read_binary importlib.resources.files pkg_resources.resource_string pkg_resources.resource_filename os.readlink shutil.make_archive zipfile.ZipFile().write tarfile.open().add json.load().path configparser.ConfigParser().read PIL.Image.open plistlib.readPlist dotenv.dotenv_values dotenv.load_dotenv wave.open imageio.imread"),
    (Effect::WriteInto, "builtins.print os.write json.dump pickle.dump marshal.dump plistlib.dump yaml.dump toml.dump"),
    (Effect::WriteFile, "numpy.save builtins.open().write_path"),
    (
        Effect::Runs,
        "threading.Thread threading.Thread().start multiprocessing.Process multiprocessing.Process().start multiprocessing.Pool().apply multiprocessing.Pool().apply_async multiprocessing.Pool().map
         concurrent.futures.ThreadPoolExecutor().submit concurrent.futures.ThreadPoolExecutor().map concurrent.futures.ProcessPoolExecutor().submit
         atexit.register thread.start_new_thread asyncio.run asyncio.ensure_future asyncio.create_task asyncio.get_event_loop().run_until_complete asyncio.new_event_loop().run_until_complete asyncio.get_event_loop().run_in_executor asyncio.get_event_loop().call_soon asyncio.get_event_loop().call_later asyncio.to_thread asyncio.gather asyncio.wait_for asyncio.get_event_loop().create_task
         sched.scheduler().enter sched.scheduler().enterabs weakref.finalize sys.settrace sys.setprofile threading.settrace threading.setprofile sys.addaudithook signal.setitimer gc.callbacks.append
         builtins.sorted_key apply builtins.apply contextlib.ExitStack().callback contextvars.copy_context().run trio.run anyio.run gevent.spawn eventlet.spawn twisted.internet.reactor.callInThread functools.singledispatch os.register_at_fork sys.meta_path.insert_call builtins.__build_class__ types.new_class threading.Thread().run",
    ),
    (Effect::Maps, "builtins.map builtins.filter functools.reduce itertools.starmap builtins.any builtins.all concurrent.futures.map"),
    (Effect::Binds, "functools.partial functools.partialmethod operator.methodcaller operator.attrgetter operator.itemgetter types.MethodType"),
    (Effect::JoinPath, "os.path.join pathlib.Path"),
    (
        Effect::Same,
        "shutil.which os.path.expandvars os.path.abspath os.path.realpath os.path.normpath os.fspath os.fsencode os.fsdecode builtins.await typing.cast copy.copy copy.deepcopy json.dumps json.loads urllib.parse.quote urllib.parse.urlencode
         urllib.request.Request requests.Request requests.Request().prepare pprint.pformat str shlex.split shlex.quote shlex.join functools.wraps functools.lru_cache functools.cache contextlib.contextmanager staticmethod
         builtins.staticmethod builtins.classmethod builtins.property os.path.expanduser os.path.dirname os.path.basename collections.abc.Callable bytes.decode ssl.wrap_socket.same importlib.reload warnings.catch_warnings io.TextIOWrapper builtins.super_",
    ),
];

/// Attributes that are values, not functions: the text and what they give away.
pub(super) const PLACES: &[(&str, &str, Taints)] = &[
    ("sys.executable", "{python}", Taints::INTERPRETER),
    ("sys._base_executable", "{python}", Taints::INTERPRETER),
    ("__main__.__file__", "{main}", Taints::NONE),
    ("os.sep", "/", Taints::NONE),
    ("os.O_WRONLY", "w", Taints::NONE),
    ("os.O_RDWR", "w", Taints::NONE),
    ("os.O_CREAT", "w", Taints::NONE),
    ("os.O_APPEND", "w", Taints::NONE),
    ("os.O_TRUNC", "w", Taints::NONE),
    ("os.path.sep", "/", Taints::NONE),
    ("os.linesep", "\n", Taints::NONE),
    ("site.USER_SITE", "{site-packages}", Taints::SITE_PACKAGES),
    ("site.PREFIXES", "{site-packages}", Taints::SITE_PACKAGES),
    (
        "string.ascii_letters",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        Taints::NONE,
    ),
    (
        "string.ascii_lowercase",
        "abcdefghijklmnopqrstuvwxyz",
        Taints::NONE,
    ),
    (
        "string.ascii_uppercase",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        Taints::NONE,
    ),
    ("string.digits", "0123456789", Taints::NONE),
    (
        "string.punctuation",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        Taints::NONE,
    ),
    (
        "string.printable",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\u{b}\u{c}",
        Taints::NONE,
    ),
];
