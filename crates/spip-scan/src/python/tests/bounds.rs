//! Tests of what must not bring the walk down.

use spip_core::Deed;

use super::{does, read};

#[test]
fn survives_nesting_and_loops_without_end() {
    let deep = format!("x = {}1{}", "(".repeat(3000), ")".repeat(3000));
    let minus = format!("x = {}1", "-".repeat(3000));
    let chain = format!("x = a{}", ".b".repeat(3000));
    let calls = format!("x = {}1{}", "f(".repeat(1000), ")".repeat(1000));
    for source in [
        deep.as_str(),
        &minus,
        &chain,
        &calls,
        "while True: pass",
        "i = 0\nwhile i < 10:\n    j = 1",
        "def f(n): return f(n)\nf(1)",
        "def f(n): return f(n + 1) + f(n + 2)\nf(1)",
        "x = 'a' * 10**9",
        "x = [0] * 10**9",
        "for i in range(10**12): pass",
        "x = []\nx.append(x)\nprint(x)",
        "def f(x): return x\nx = [1, 2]\nx[0] = x\nf(x)",
        "def f(x): return x\nx = [1, 2]\nx[0] = x[1] = x\nfor y in x: f([x, y])",
        "d = {}\nd['d'] = d\nimport requests\nrequests.post('http://x.invalid', json=d)",
        "x = 9 ** 9 ** 9 ** 9",
        "exec('exec(' * 50)",
    ] {
        let worker = std::thread::Builder::new().stack_size(512 << 20);
        let source = source.to_owned();
        worker.spawn(move || read(&source)).unwrap().join().unwrap();
    }
}

#[test]
fn peels_many_layers() {
    use std::io::Write;
    let mut code = "import os;os.system('id')".to_owned();
    for _ in 0..40 {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(code.as_bytes()).unwrap();
        let packed = data_encoding::HEXLOWER.encode(&packed.finish().unwrap());
        let turned: String = packed.chars().rev().collect();
        code = format!("exec(__import__('zlib').decompress(bytes.fromhex('{turned}'[::-1])))");
    }
    let worker = std::thread::Builder::new().stack_size(512 << 20);
    assert!(
        worker
            .spawn(move || does(&code, Deed::Spawn, "os.system"))
            .unwrap()
            .join()
            .unwrap()
    );
}
