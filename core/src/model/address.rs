//! Addresses of IPv4, alone in a network of their own or with it (`10.0.1.5/24`).
//!
//! Left out: IPv6, which SwarmKit's allocator does not give either.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An address and the length of the prefix that it shares with its subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// The address.
    pub address: Ipv4Addr,
    /// How many of its bits name the subnet; at most 32.
    pub prefix_bits: u8,
}

impl Cidr {
    /// An address in a subnet. Bits beyond 32 are none.
    pub fn new(address: Ipv4Addr, prefix_bits: u8) -> Self {
        Self {
            address,
            prefix_bits: prefix_bits.min(32),
        }
    }

    /// The bits that name the subnet.
    pub fn mask(self) -> u32 {
        u32::MAX
            .checked_shl(u32::from(32 - self.prefix_bits.min(32)))
            .unwrap_or(0)
    }

    /// The subnet that the address is in: all other bits zero.
    #[must_use]
    pub fn subnet(self) -> Self {
        Self {
            address: Ipv4Addr::from_bits(self.address.to_bits() & self.mask()),
            ..self
        }
    }

    /// The last address of the subnet.
    pub fn last(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.address.to_bits() | !self.mask())
    }

    /// Whether an address is in the subnet.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        (self.address.to_bits() ^ address.to_bits()) & self.mask() == 0
    }

    /// Whether two subnets have an address in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

/// The text is no address with a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCidr;

impl FromStr for Cidr {
    type Err = NoCidr;

    fn from_str(text: &str) -> Result<Self, NoCidr> {
        let (address, bits) = text.split_once('/').ok_or(NoCidr)?;
        let is_number = bits.bytes().all(|byte| byte.is_ascii_digit());
        let is_padded = bits.len() > 1 && bits.starts_with('0');
        if !is_number || is_padded {
            return Err(NoCidr);
        }
        let prefix_bits: u8 = bits.parse().map_err(|_| NoCidr)?;
        if prefix_bits > 32 {
            return Err(NoCidr);
        }
        Ok(Self {
            address: address.parse().map_err(|_| NoCidr)?,
            prefix_bits,
        })
    }
}

impl Serialize for Cidr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |NoCidr| serde::de::Error::custom(format!("{text:?} is no address/prefix"));
        text.parse().map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_are_read_and_know_what_is_in_them() {
        let subnet: Cidr = "10.0.1.77/24".parse().unwrap();
        assert_eq!(subnet.subnet().to_string(), "10.0.1.0/24");
        assert_eq!(subnet.last().to_string(), "10.0.1.255");
        assert!(subnet.contains(Ipv4Addr::new(10, 0, 1, 9)));
        assert!(!subnet.contains(Ipv4Addr::new(10, 0, 2, 9)));
        let whole: Cidr = "0.0.0.0/0".parse().unwrap();
        assert!(whole.overlaps(subnet) && subnet.overlaps(whole));
        for wrong in [
            "10.0.0.0",
            "10.0.0/8",
            "10.0.0.0/33",
            "a/8",
            "1.2.3.4/08",
            "1.2.3.4/+8",
        ] {
            assert_eq!(wrong.parse::<Cidr>(), Err(NoCidr), "{wrong}");
        }
    }
}
