"""What others see of a person's account number and name."""


def mask_account_number(number: str) -> str:
    """The first four and last four characters: `DE89**************3000`."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) > 8 else "*" * len(number)


def mask_name(name: str) -> str:
    """The initials, so that a payer can recognise and a stranger cannot learn: `Ada Lovelace` is `A*** L***`."""
    return " ".join(f"{part[0]}***" for part in name.split())
