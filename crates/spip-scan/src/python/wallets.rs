//! Libraries for wallets: what of theirs is a key to money, and what anybody may see.

use spip_core::Taints;

use super::words::Words;

/// Libraries whose business is keys to money.
static WALLETS: Words = Words::new(
    "mnemonic bip_utils bip32 bip32utils bip39 hdwallet eth_account eth_keys web3.Account
    solders.keypair solana.keypair bitcoinlib bitcoin bit btclib coincurve tronpy.keys
    xrpl.wallet stellar_sdk pywallet monero nacl.signing",
);

/// Methods that make something public of a secret.
const PUBLIC: &[&str] = &[
    "sign",
    "pub",
    "addr",
    "hash",
    "verify",
    "to_checksum",
    "balance",
    "language",
    "is_",
];

/// Whether a dotted name belongs to a library for wallets.
pub(super) fn is_wallet(path: &str) -> bool {
    WALLETS.has_begin_of(path)
}

/// What a function of a library for wallets gives.
pub(super) fn of_wallet(name: &str) -> Taints {
    let lower = name.to_ascii_lowercase();
    let is_public = PUBLIC.iter().any(|it| lower.contains(it));
    let makes_keys = [
        "Keypair",
        "PrivateKey",
        "SigningKey",
        "HDWallet",
        "HDKey",
        "Wallet",
        "PrivateKeyTestnet",
    ];
    let is_class =
        name.starts_with(|it: char| it.is_ascii_uppercase()) && !makes_keys.contains(&name);
    if is_public || is_class {
        Taints::NONE
    } else {
        Taints::WALLET
    }
}
