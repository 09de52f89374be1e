"""What every process of Pingzheng stands on. Importing it patches nothing and starts nothing."""
