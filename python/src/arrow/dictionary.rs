//! Arrays of strings encoded as a dictionary: each value is cleaned once.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, DictionaryArray, PrimitiveArray};
use arrow_buffer::ArrowNativeType;
use arrow_schema::{ArrowError, DataType};

/// The values of a dictionary, and for each row the index of its value.
pub(super) struct Dictionary<'a> {
    pub(super) values: &'a ArrayRef,
    pub(super) keys: Vec<Option<usize>>,
}

macro_rules! by_key_type {
    ($key:expr, $function:ident($($argument:expr),*), $otherwise:expr) => {
        match $key {
            DataType::Int8 => $function::<Int8Type>($($argument),*),
            DataType::Int16 => $function::<Int16Type>($($argument),*),
            DataType::Int32 => $function::<Int32Type>($($argument),*),
            DataType::Int64 => $function::<Int64Type>($($argument),*),
            DataType::UInt8 => $function::<UInt8Type>($($argument),*),
            DataType::UInt16 => $function::<UInt16Type>($($argument),*),
            DataType::UInt32 => $function::<UInt32Type>($($argument),*),
            DataType::UInt64 => $function::<UInt64Type>($($argument),*),
            _ => $otherwise,
        }
    };
}

impl<'a> Dictionary<'a> {
    pub(super) fn of(array: &'a dyn Array) -> Option<Dictionary<'a>> {
        let DataType::Dictionary(key, _) = array.data_type() else { return None };
        by_key_type!(**key, parts(array), None)
    }
}

fn parts<K: ArrowDictionaryKeyType>(array: &dyn Array) -> Option<Dictionary<'_>> {
    let dictionary: &DictionaryArray<K> = array.as_dictionary_opt()?;
    let keys = (0..dictionary.len()).map(|row| dictionary.key(row)).collect();
    Some(Dictionary { values: dictionary.values(), keys })
}

/// A dictionary with keys of the type of `array`.
pub(super) fn build(array: &dyn Array, keys: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    let DataType::Dictionary(key, _) = array.data_type() else {
        return Err(ArrowError::ComputeError("not a dictionary".to_owned()));
    };
    let unknown = Err(ArrowError::ComputeError("a dictionary has keys of an unknown type".to_owned()));
    by_key_type!(**key, assemble(keys, values), unknown)
}

fn assemble<K: ArrowDictionaryKeyType>(keys: &[Option<usize>], values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    let narrow = |key| K::Native::from_usize(key).ok_or(ArrowError::DictionaryKeyOverflowError);
    let keys = keys.iter().map(|key| key.map(narrow).transpose());
    let keys: Vec<Option<K::Native>> = keys.collect::<Result<_, ArrowError>>()?;
    let keys: PrimitiveArray<K> = keys.into_iter().collect();
    Ok(Arc::new(DictionaryArray::<K>::try_new(keys, values)?))
}
