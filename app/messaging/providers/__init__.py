"""Who carries mails: one contract, one file for each carrier, and the choice by settings."""
