//! State that lives in an instance between calls, named by numbers that are never used again.

use crate::abi::status;
use std::any::Any;

const SLOTS: f64 = (1u64 << 20) as f64;

struct Entry {
    object: Option<Box<dyn Any + Send>>,
    bytes: i64,
    busy: bool,
    /// How often the slot was freed: a stale handle never names a newer object.
    generation: f64,
}

#[derive(Default)]
pub struct HandleTable {
    entries: Vec<Entry>,
}

impl HandleTable {
    /// Takes the object; returns its handle, or none when there is no room for it.
    pub fn add<T: Any + Send>(&mut self, object: Box<T>, bytes: i64) -> Option<f64> {
        let index = self.free_index()?;
        let entry = &mut self.entries[index];
        entry.object = Some(object);
        entry.bytes = bytes;
        Some(entry.generation * SLOTS + index as f64 + 1.0)
    }

    /// The object, which stays where it is until it is freed.
    pub fn get<T: Any>(&mut self, handle: f64) -> Result<*mut T, i32> {
        let entry = self.find::<T>(handle)?;
        if entry.busy {
            return Err(status::BUSY);
        }
        let object = entry.object.as_mut().and_then(|o| o.downcast_mut::<T>());
        object.map(|o| o as *mut T).ok_or(status::BAD_HANDLE)
    }

    pub fn set_busy<T: Any>(&mut self, handle: f64, busy: bool) {
        if let Ok(entry) = self.find::<T>(handle) {
            entry.busy = busy;
        }
    }

    /// Frees the object; returns its size.
    pub fn free<T: Any>(&mut self, handle: f64) -> Result<i64, i32> {
        let entry = self.find::<T>(handle)?;
        if entry.busy {
            return Err(status::BUSY);
        }
        let bytes = std::mem::take(&mut entry.bytes);
        entry.generation += 1.0;
        drop(entry.object.take());
        Ok(bytes)
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub fn bytes(&self) -> i64 {
        self.entries.iter().map(|e| e.bytes).sum()
    }

    fn find<T: Any>(&mut self, handle: f64) -> Result<&mut Entry, i32> {
        let generation = ((handle - 1.0) / SLOTS).floor();
        let index = handle - 1.0 - generation * SLOTS;
        if !(handle >= 1.0 && index < self.entries.len() as f64 && index == index.floor()) {
            return Err(status::BAD_HANDLE);
        }
        let entry = &mut self.entries[index as usize];
        let found = entry.generation == generation && entry.object.as_ref().is_some_and(|o| o.is::<T>());
        if found { Ok(entry) } else { Err(status::BAD_HANDLE) }
    }

    fn free_index(&mut self) -> Option<usize> {
        if let Some(index) = self.entries.iter().position(|e| e.object.is_none()) {
            return Some(index);
        }
        if self.entries.len() as f64 >= SLOTS {
            return None;
        }
        self.entries.try_reserve(1).ok()?;
        self.entries.push(Entry { object: None, bytes: 0, busy: false, generation: 0.0 });
        Some(self.entries.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn objects_live_until_they_are_freed() {
        let alive = Arc::new(());
        let mut table = HandleTable::default();
        let made: Vec<f64> = (0..50).map(|_| table.add(Box::new(alive.clone()), 100).unwrap()).collect();
        assert_eq!((Arc::strong_count(&alive), table.bytes()), (51, 5000));
        assert!(table.get::<Arc<()>>(made[7]).is_ok());
        assert_eq!(table.get::<String>(made[7]), Err(status::BAD_HANDLE));
        for wrong in [0.0, -1.0, 0.5, 51.0, 1e300, f64::NAN] {
            assert_eq!(table.get::<Arc<()>>(wrong), Err(status::BAD_HANDLE));
        }
        table.set_busy::<Arc<()>>(made[7], true);
        assert_eq!(table.free::<Arc<()>>(made[7]), Err(status::BUSY));
        table.set_busy::<Arc<()>>(made[7], false);
        assert_eq!(table.free::<Arc<()>>(made[7]), Ok(100));
        assert_eq!(Arc::strong_count(&alive), 50);
        let reused = table.add(Box::new(alive.clone()), 1).unwrap();
        assert_ne!(reused, made[7], "a handle is never used again");
        assert_eq!(table.get::<Arc<()>>(made[7]), Err(status::BAD_HANDLE));
        table.clear();
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
