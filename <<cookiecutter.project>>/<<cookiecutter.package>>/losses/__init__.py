"""WHAT the network is told: modules that give one loss a sample and name its parts."""
