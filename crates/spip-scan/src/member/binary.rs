//! Tells what native code in a member means for the archive.

use std::io::{self, Read};

use spip_core::Odd;

use crate::layout::Promise;
use crate::member::Look;
use crate::member::native::{self, Native, System};
use crate::watch::read_whole;

impl Look<'_> {
    /// Weighs native code by what the archive's tags promise and by its name.
    pub(super) fn native(
        &mut self,
        native: Native,
        head: &[u8],
        data: &mut dyn Read,
    ) -> io::Result<()> {
        let promise = self.examiner.layout.promise();
        let (Native::Program(system) | Native::Library(system) | Native::Object(system)) = native;
        let words = system.words();
        let promised = match promise {
            Promise::Nothing => false,
            Promise::System(promised) => promised == system,
            Promise::Open => native != Native::Program(system),
        };
        let hidden = native::is_data_name(self.path);
        match native {
            Native::Object(_) => {}
            _ if hidden => {
                let detail = format!("native code for {words} under the name of data");
                self.odd(Odd::HiddenExecutable, detail);
            }
            _ if promised => {}
            Native::Program(System::Windows) if self.is_launcher(head, data)? => {}
            Native::Program(_) => self.odd(Odd::Executable, format!("a program for {words}")),
            Native::Library(_) => {
                let detail = match promise {
                    Promise::Nothing => {
                        format!("a library for {words} in a wheel for every system")
                    }
                    _ => format!("a library for {words} in a wheel for another system"),
                };
                self.odd(Odd::UnpromisedNative, detail);
            }
        }
        Ok(())
    }

    /// The small programs that pip and its like put before scripts on Windows are known.
    fn is_launcher(&self, head: &[u8], data: &mut dyn Read) -> io::Result<bool> {
        const LARGEST: u64 = 1 << 20;
        if self.size > LARGEST {
            return Ok(false);
        }
        let bytes = read_whole(data, self.size, LARGEST, head.to_vec())?;
        Ok(crate::tables::known::is_launcher(&bytes))
    }
}
