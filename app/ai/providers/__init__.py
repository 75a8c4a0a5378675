"""Who writes: one file for each service, and the choice by settings."""
