use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system of its own, which can be filled.
#[derive(Debug)]
pub struct Disk {
    place: PathBuf,
}

impl Disk {
    /// Mounts one in memory. Needs the right to mount.
    ///
    /// # Errors
    /// What `mount` says.
    pub fn mount(place: &Path, megabytes: u64) -> Result<Self, String> {
        std::fs::create_dir_all(place).map_err(|error| error.to_string())?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(place)
            .output()
            .map_err(|error| error.to_string())?;
        match mounted.status.success() {
            true => Ok(Self {
                place: place.to_owned(),
            }),
            false => Err(String::from_utf8_lossy(&mounted.stderr).trim().to_owned()),
        }
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut file = File::create(self.filling()).expect("a file that fills the disk");
        for block in [vec![0; 1 << 20], vec![0; 4096], vec![0; 1]] {
            loop {
                match file.write(&block) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("the disk cannot be filled: {error}"),
                }
            }
        }
    }

    /// Gives the space back.
    pub fn free(&self) {
        std::fs::remove_file(self.filling()).expect("the file that fills the disk");
    }

    fn filling(&self) -> PathBuf {
        self.place.join("filling")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(&self.place).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("{} stays mounted", self.place.display());
        }
    }
}
