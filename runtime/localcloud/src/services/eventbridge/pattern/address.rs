//! `{"cidr": "10.0.0.0/24"}` and the comparison of address literals.

use std::net::IpAddr;

/// Addresses of one family from the one that was written to the last of its block, both included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AddressRange {
    v6: bool,
    first: u128,
    last: u128,
}

impl AddressRange {
    pub(super) fn new(text: &str) -> Result<Self, String> {
        // A slash at the end divides nothing.
        let parts: Vec<&str> = text.trim_end_matches('/').split('/').collect();
        let [address, bits] = parts[..] else {
            return Err("Malformed CIDR, one '/' required".to_owned());
        };
        let bits: i32 = bits
            .parse()
            .map_err(|_| "Malformed CIDR, mask bits must be an integer".to_owned())?;
        let bits = u32::try_from(bits)
            .map_err(|_| "Malformed CIDR, mask bits must not be negative".to_owned())?;
        let address: IpAddr = address.parse().map_err(|_| {
            let kind = if looks_like_address(address) {
                "Invalid"
            } else {
                "Nonstandard"
            };
            format!("{kind} IP address: {address}")
        })?;
        let (v6, first) = number(address);
        let (width, family) = if v6 { (128, "IPv6") } else { (32, "IPv4") };
        if bits >= width {
            return Err(format!("{family} mask bits must be < {width}"));
        }
        let free = width - bits;
        let host_mask = u128::MAX.checked_shr(128 - free).unwrap_or(0);
        Ok(Self {
            v6,
            first,
            last: first | host_mask,
        })
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        text.parse().is_ok_and(|address| {
            let (v6, number) = number(address);
            v6 == self.v6 && (self.first..=self.last).contains(&number)
        })
    }
}

/// Four numbers with dots, or hexadecimal digits with colons.
fn looks_like_address(text: &str) -> bool {
    let v4 = |text: &str| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        text.split('.').count() == 4 && text.split('.').all(digits)
    };
    let v6 =
        |text: &str| text.contains(':') && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    v4(text) || v6(text)
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (false, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (true, u128::from(v6)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::AddressRange;

    #[test]
    fn a_block_holds_its_own_family_up_to_its_last_address() {
        let block = AddressRange::new("192.168.16.0/20").unwrap();
        assert!(block.contains("192.168.16.0"));
        assert!(block.contains("192.168.31.255"));
        assert!(!block.contains("192.168.32.0"));
        assert!(!block.contains("192.168.16"));
        assert!(!block.contains("::192.168.16.1"));

        let block = AddressRange::new("2001:db8::/32").unwrap();
        assert!(block.contains("2001:DB8:0:1::9"));
        assert!(!block.contains("2001:db9::"));

        assert!(AddressRange::new("::/0").unwrap().contains("ffff::1"));
    }

    #[test]
    fn malformed_blocks_are_explained() {
        for (text, message) in [
            ("10.0.0.1", "Malformed CIDR, one '/' required"),
            ("10.0.0.1/x", "Malformed CIDR, mask bits must be an integer"),
            (
                "10.0.0.1/-1",
                "Malformed CIDR, mask bits must not be negative",
            ),
            ("10.0.0.1/32", "IPv4 mask bits must be < 32"),
            ("::1/128", "IPv6 mask bits must be < 128"),
            ("10.0.0.1/", "Malformed CIDR, one '/' required"),
            ("localhost/8", "Nonstandard IP address: localhost"),
            ("10.0.0.300/8", "Invalid IP address: 10.0.0.300"),
        ] {
            assert_eq!(AddressRange::new(text).unwrap_err(), message);
        }
    }
}
